# Two images: `hub` (web, worker, commands) and `nlu` (Rasa). See docs/deploying.md.

FROM python:3.11-slim-bookworm AS hub-build
WORKDIR /srv/chasqui
RUN python -m venv .venv
COPY requirements.lock .
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY hub hub
COPY bot bot
COPY broadcast broadcast
COPY content content
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e .

FROM python:3.11-slim-bookworm AS hub
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin chasqui \
 && install -d -o chasqui -g chasqui /srv/chasqui/var
WORKDIR /srv/chasqui
COPY --from=hub-build /srv/chasqui /srv/chasqui
COPY config.yml .
COPY nlu/data nlu/data
ENV PATH=/srv/chasqui/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001
ENTRYPOINT ["chasqui"]
CMD ["serve", "--host", "0.0.0.0"]

FROM python:3.10-slim-bookworm AS nlu-build
WORKDIR /srv/chasqui/nlu
COPY requirements-tools.lock /tmp/
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements-tools.lock
COPY nlu/requirements.lock .
RUN uv venv -q .venv && uv pip sync -q --no-cache --python .venv --require-hashes requirements.lock
COPY nlu .
RUN .venv/bin/python train.py

FROM python:3.10-slim-bookworm AS nlu
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin chasqui
WORKDIR /srv/chasqui/nlu
COPY --from=nlu-build /srv/chasqui/nlu /srv/chasqui/nlu
ENV PATH=/srv/chasqui/nlu/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001
ENTRYPOINT ["python", "serve.py"]
