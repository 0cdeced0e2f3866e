"""The stories of the days after the start that turn on the loyalty programme or enrolment."""

from __future__ import annotations

from worker.simulator.baskets import basket
from worker.simulator.plan import Plan


def wrong_type_mended(plan: Plan) -> None:
    """A loyalty customer orders outside the programme, and puts it right three days later."""
    customer = plan.loyal(without=[plan.month_of(1)], story="wrong-type-mended")
    plan.order(customer, plan.day(1), "IO", "wrong-type-mended")
    plan.order(customer, plan.day(4), "AS", "wrong-type-mended")


def wrong_type_stopped(plan: Plan) -> None:
    """The same; the delivery is stopped, the parcel goes back, she orders again."""
    customer = plan.loyal(without=[plan.month_of(2)], story="wrong-type-stopped")
    plan.order(customer, plan.day(2), "SO", "wrong-type-stopped", road="stopped")
    plan.order(customer, plan.day(7), "AS", "wrong-type-stopped")


def month_at_risk(plan: Plan) -> None:
    """A loyalty customer without any order this month."""
    plan.loyal(without=[plan.month], story="month-at-risk")


def outside_but_softened(plan: Plan) -> None:
    """Outside the programme, but a loyalty order of the same month exists."""
    plan.order(plan.loyal(story="softened"), plan.day(3), "IO", "softened")


def enrolled(plan: Plan) -> None:
    """A new enrolment; her second order of the month is rightly silent."""
    customer = plan.customer(enrolled_at=plan.joined(3))
    plan.order(customer, plan.day(3), "IN", "enrolled", lines=basket(plan.rng, 110, 170))
    if plan.days >= 6:
        plan.order(customer, plan.day(6), "IO", "enrolled")


def enrolled_small(plan: Plan) -> None:
    """A new enrolment under 100 PV."""
    customer = plan.customer(enrolled_at=plan.joined(5))
    plan.order(customer, plan.day(5), "IN", "enrolled-small", lines=basket(plan.rng, 20, 90))


def enrolled_again(plan: Plan) -> None:
    """A new ID with the name and the e-mail of a customer who is known."""
    known = plan.customer()
    plan.order(known, plan.month.plus(-1).first_day, "IO", "enrolled-again")
    again = plan.customer(
        name=(known.first, known.last), email=known.email, enrolled_at=plan.joined(6)
    )
    plan.order(again, plan.day(6), "IN", "enrolled-again", lines=basket(plan.rng, 110, 170))


def second_loyalty_order(plan: Plan) -> None:
    """A second loyalty order in the month."""
    plan.order(plan.loyal(story="second-loyalty"), plan.day(5), "AS", "second-loyalty")


def small_loyalty_orders(plan: Plan) -> None:
    """Loyalty orders that earn nothing, or all but."""
    for offset, low, high in ((2, 12, 45), (3, 45, 50)):
        month = plan.month_of(offset)
        customer = plan.loyal(min(plan.day(offset).day, 28), without=[month], story="small-loyalty")
        lines = basket(plan.rng, low, high)
        plan.order(customer, plan.day(offset), "AS", "small-loyalty", lines=lines, hour=8)


def late_template(plan: Plan) -> None:
    """Her template runs after the 20th: at risk for some days, then all is well."""
    late = [plan.day(n).day for n in range(3, plan.days) if 21 < plan.day(n).day <= 28]
    if late:
        plan.loyal(late[0], story="late-template")
