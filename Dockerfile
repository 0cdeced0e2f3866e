# The program alone: no compiler, no pip, no root, nothing that only tests need.
#
#   docker build -t orderwatch .                                    # PostgreSQL and SQLite
#   docker build -t orderwatch --build-arg EXTRAS=postgres,demo .   # `orderwatch demo`, too

FROM python:3.13-slim AS build
ARG EXTRAS=postgres
WORKDIR /src
# All that is locked is fetched with its hashes checked; only what runs is installed from it.
COPY requirements.lock ./
RUN python -m pip download --quiet --require-hashes -r requirements.lock -d /wheels
COPY pyproject.toml README.md ./
COPY config config
COPY models models
COPY tasks tasks
COPY worker worker
RUN python -m venv /app \
 && /app/bin/pip install --quiet --no-index --find-links /wheels --upgrade setuptools \
 && /app/bin/pip install --quiet --no-index --find-links /wheels --no-build-isolation ".[${EXTRAS}]" \
 && /app/bin/pip uninstall --quiet --yes setuptools pip

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home orderwatch \
 && install -d -m 700 -o orderwatch -g orderwatch /data
COPY --from=build /app /app
# Without a database address, SQLite lies in /data/orderwatch.
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 XDG_DATA_HOME=/data
USER 10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=120s --timeout=30s --start-period=60s --retries=3 CMD ["orderwatch", "health"]
ENTRYPOINT ["orderwatch"]
CMD ["run"]
