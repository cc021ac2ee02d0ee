# The Action's image: trueup, Python and uv. A release publishes it; building it takes minutes.
FROM rust:1-bookworm AS build
WORKDIR /src
# Dependencies by themselves: they change less often than the code.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src tests/it \
    && echo 'fn main() {}' | tee src/main.rs >tests/it/main.rs \
    && touch src/lib.rs \
    && cargo build --release --locked --bin trueup
COPY src src
RUN touch src/main.rs src/lib.rs && cargo build --release --locked --bin trueup

FROM python:3.12-slim-bookworm
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore uv==0.13.9 \
    && find /usr/local/lib -depth -name __pycache__ -exec rm -rf {} +
COPY --from=build /src/target/release/trueup /usr/local/bin/trueup
# Python of the project's choice may be fetched; what is here is preferred.
ENV UV_PYTHON_PREFERENCE=system UV_LINK_MODE=copy
ENTRYPOINT ["/usr/local/bin/trueup", "action"]
