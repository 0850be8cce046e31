# The portal as an image: `portal serve` unless another command is named, such as `index --follow /logs/mail.log`.
# Both stages are one Python on one Debian, so that what the first makes runs in the second. The first has compilers, for the packages that
# have no wheel for this processor; the second has nothing but the portal.
FROM python:3.11.14-bookworm AS build
WORKDIR /opt/portal
# Packages first, by their hashes, so that a change of the portal itself does not fetch them again.
COPY requirements.lock ./
COPY scripts/setup scripts/
RUN scripts/setup
COPY app app
COPY indexer indexer
COPY store store
COPY mappings mappings
COPY static static
COPY templates templates
RUN .venv/bin/python -m compileall -q app indexer store

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin portal
COPY --from=build /opt/portal /opt/portal
ENV PATH=/opt/portal/.venv/bin:$PATH PORTAL_DATA=/data PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /data
USER portal
VOLUME /data
# It listens on loopback only, in a container too: docs/deploy.md says how a browser gets there.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["portal"]
CMD ["serve", "--port", "8000"]
