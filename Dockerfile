# The product's one image; the role is chosen by a flag (`--roles=controller`, `executor` or `webhook`).
# Build it with `npx node hack/image.ts`, which assembles the context: sources, production dependencies and Node itself.
# The base image needs glibc and libstdc++, nothing else: any Debian 12 or later will do.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
LABEL org.opencontainers.image.title="Agent-Safe" \
      org.opencontainers.image.description="The one door between AI agents and infrastructure" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY . /opt/agent-safe/
# A number, so that `runAsNonRoot` can be checked. Nothing in the image belongs to it.
USER 65532:65532
# One malloc arena: a tenth less memory than one for each thread.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
WORKDIR /opt/agent-safe
# Metrics, probes, admission reviews, rejections.
EXPOSE 8080 9440 9443 9444
# On a big machine V8 would give 100 MB and more to objects that live for a moment.
ENTRYPOINT ["/opt/agent-safe/bin/node", "--max-semi-space-size=4", "/opt/agent-safe/controller/main.ts"]
