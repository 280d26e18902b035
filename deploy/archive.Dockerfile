# The image from a release archive (`make dist`), without a compiler:
#   docker build -f deploy/archive.Dockerfile --build-arg ARCHIVE=holdfast-0.1.0-linux-x86_64.tar.gz .build/dist
# The archive is made for the Debian release that it was packed on; take the same here.
FROM debian:bookworm-slim
ARG ARCHIVE
ADD ${ARCHIVE} /opt/
# PostgreSQL itself is not in this image: HOLDFAST_DATABASE_URL names the server.
RUN mv /opt/holdfast-* /opt/holdfast \
    && apt-get update -q \
    && apt-get install -y -q --no-install-recommends tzdata ca-certificates curl \
        $(grep -vx postgresql /opt/holdfast/packages.txt) \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home /nonexistent --shell /usr/sbin/nologin holdfast
# By number, so that Kubernetes sees that it is not root.
USER 10001
EXPOSE 8443
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD p=${HOLDFAST_HTTP_PORT:-8080}; s=${HOLDFAST_TLS_CERTIFICATE:+s}; \
        curl -fskS "http$s://127.0.0.1:$p/health/ready" || exit 1
ENTRYPOINT ["/opt/holdfast/bin/holdfast"]
CMD ["serve"]
