# One image: web server (the default), worker, beat and every management command differ only by their command.
#   docker build -t memory_ui .
FROM python:3.12-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/run.txt /tmp/run.txt
RUN python -m venv /venv && /venv/bin/pip install --quiet --require-hashes -r /tmp/run.txt

FROM python:3.12-slim-bookworm

# A number, so that Kubernetes can check that it is not root.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin memory_ui \
 && install -d -o memory_ui -g memory_ui /data
COPY --from=build /venv /venv
WORKDIR /app
COPY . .

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    DATA_DIR=/data \
    STATIC_ROOT=/app/.static

# Neither key nor broker is used here; without them, settings would make some.
RUN SECRET_KEY=only-while-building CELERY_BROKER_URL=redis://none python manage.py collectstatic --noinput -v0

USER 10001
EXPOSE 8000
# No access log: addresses of searches hold personal text. WEB_CONCURRENCY is the number of processes.
CMD ["gunicorn", "memory_ui.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "8", "--limit-request-line", "8190", \
     "--worker-tmp-dir", "/dev/shm", "--keep-alive", "30", "--graceful-timeout", "20", "--log-level", "warning", "--no-control-socket"]
