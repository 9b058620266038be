# The program that a release was built of, CA certificates, and nothing else: neither
# a shell nor `az`, so sign in by environment, workload identity or managed identity.
#
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" \
#     -e AZURE_TENANT_ID -e AZURE_CLIENT_ID -e AZURE_CLIENT_SECRET \
#     IMAGE plan -f migration.yaml
FROM gcr.io/distroless/static-debian12:nonroot
ARG TARGETARCH
COPY image/${TARGETARCH}/apim-migrate /usr/local/bin/apim-migrate
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/apim-migrate"]
