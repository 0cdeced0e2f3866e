"""Whole stories, from an order in the simulator to the mail in the mailbox."""
