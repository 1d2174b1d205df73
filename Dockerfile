# The server as an image: `docker build -t postern .`, and what to do with it is in docs/containers.md.
# Both stages begin with the same Python, for the environment of the first is copied into the second.
ARG BASE=docker.io/library/python:3.13-slim-trixie

FROM ${BASE} AS build
WORKDIR /srv/postern
COPY requirements.lock ./
RUN python3 -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock \
    && .venv/bin/python -m pip uninstall --yes --quiet pip
COPY . ./
# What Python compiles is there beforehand: the root of a container is not written to.
RUN .venv/bin/python -m compileall -q .

FROM ${BASE}
RUN useradd --no-log-init --uid 10001 --user-group --home-dir /srv/postern --no-create-home --shell /usr/sbin/nologin postern \
    && install -d -o postern -g postern -m 700 /data
WORKDIR /srv/postern
COPY --from=build /srv/postern ./
ENV ENVIRONMENT=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data \
    PYTHONDONTWRITEBYTECODE=1
# By number, or Kubernetes cannot tell that it is not root.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD [".venv/bin/python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=4)"]
# `docker run postern doctor` and every other command of `postern` too.
ENTRYPOINT ["./postern"]
CMD ["serve"]
