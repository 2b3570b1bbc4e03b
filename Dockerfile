# syntax=docker/dockerfile:1

# Both bases are pinned by the digest of their multi-architecture index. To move one: pull the tag, read the new digest
# (docker buildx imagetools inspect IMAGE), write it here, build, and let the tests run.
ARG BUILD_IMAGE=docker.io/library/node:24-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
ARG BASE_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot@sha256:14d42e2511532589a7c7e01a753667a74fcc96266e137e8125006b87b0c32d0a

# The bundle is JavaScript only, so it is built once, on the builder's own architecture, for all of them.
FROM --platform=${BUILDPLATFORM:-linux/amd64} ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.mjs scripts/sbom.mjs scripts/
COPY proto proto
COPY src src
ARG COMMIT=unknown
RUN KEYFERRY_COMMIT="${COMMIT}" node scripts/build.mjs \
    && find dist -name '*.map' -delete \
    && node scripts/sbom.mjs dist/sbom.cdx.json dist/THIRD-PARTY-NOTICES.txt \
    && rm dist/packages.json

# docker build --target sbom --output . : the list of everything inside, as CycloneDX.
FROM scratch AS sbom
COPY --from=build /build/dist/sbom.cdx.json /sbom.cdx.json

# No shell, no package manager, no node_modules: Node.js, the bundle, its bill of materials and the licences.
FROM ${BASE_IMAGE}
ARG VERSION=0.0.0
ARG COMMIT=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="keyferry" \
      org.opencontainers.image.description="Secrets Store CSI driver provider: every secret store, and secrets encrypted in Git" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian12:nonroot"
COPY --from=build --chown=0:0 /build/dist /opt/keyferry
COPY --chown=0:0 LICENSE /opt/keyferry/LICENSE
# ES modules, wherever the files lie.
COPY --chown=0:0 deploy/image/package.json /opt/keyferry/package.json
# Contents of volumes are large and short-lived: what is freed goes back to the system at once.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "/opt/keyferry/main.js"]
CMD ["serve"]
# Kubernetes has its own probes; this one is for everything else.
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/nodejs/bin/node", "/opt/keyferry/main.js", "health"]
