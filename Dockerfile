# The image of the action and of every other CI server. It builds with BuildKit and with the older builder, and without build
# arguments, because GitHub gives none.
#
#   docker build -t fettle .                    for the action: runs as root, as GitHub asks of container actions
#   docker build -t fettle --target cli .       for everything else: runs as user 1000, or as any other with docker run --user
ARG GO_IMAGE=golang:1.26-bookworm
ARG BASE_IMAGE=node:22-bookworm-slim

FROM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY cmd cmd
COPY pkg pkg
ARG VERSION=dev
# The build fetches the modules that the program imports; go mod download would fetch those of the tests too.
# The parsers of source code are in C; linked statically, the program runs on any base, and in the sandbox.
RUN CGO_ENABLED=1 go build -trimpath -buildvcs=false -tags netgo,osusergo \
    -ldflags "-s -w -linkmode external -extldflags -static -X main.version=${VERSION}" -o /out/fettle ./cmd/fettle

# node and npm come with the base: fettle asks npm to try version upgrades. git reads the base of a change.
FROM ${BASE_IMAGE} AS runtime
RUN if ! command -v git >/dev/null || [ ! -s /etc/ssl/certs/ca-certificates.crt ]; then \
        apt-get update && \
        apt-get install -y --no-install-recommends ca-certificates git && \
        rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=build /out/fettle /usr/local/bin/fettle
COPY LICENSE /usr/share/doc/fettle/LICENSE
LABEL org.opencontainers.image.title="fettle" \
      org.opencontainers.image.description="Finds vulnerable dependencies, ranks them by context and proposes fixes it has tested" \
      org.opencontainers.image.source="https://github.com/fettle-dev/fettle" \
      org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["/usr/local/bin/fettle"]

FROM runtime AS cli
# A home that any user may write to, for npm and the caches.
RUN mkdir -m 1777 /home/fettle
ENV HOME=/home/fettle
WORKDIR /workspace
USER 1000:1000

# The last stage is what a build without --target gives. The workspace that GitHub mounts belongs to another user, so this one
# stays root; fettle hands the files it writes to the owner of the workspace.
FROM runtime AS action
