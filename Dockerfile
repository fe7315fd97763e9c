# The app with the demo store inside; docs/deploy.md says how to run it, and argues what is in it.
#   docker build --tag clipdash . && docker run --publish 127.0.0.1:8501:8501 --env CLIPDASH_OPEN=1 clipdash
#
# BASE         what the app runs on: any image with Python 3.11; no pip, no compiler
# BUILDER      what it is put together on: Python 3.11 with its venv module, of the same distribution as BASE
# INDEX        another package index in place of pip's own; EXTRA_INDEX one beside it, such as one of CPU builds of torch
# LOCK         the lock file, where that other index has other builds and so other hashes (`make lock` writes it)
# TORCH        cpu leaves out what only a GPU uses (deploy/image/without_gpu.py says how); cuda keeps everything
ARG BASE=python:3.11-slim
ARG BUILDER=${BASE}

# hadolint ignore=DL3006
FROM ${BUILDER} AS setup
ARG INDEX=""
ARG EXTRA_INDEX=""
ARG LOCK=requirements.lock
ARG TORCH=cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_WARN_SCRIPT_LOCATION=1
SHELL ["/bin/sh", "-euc"]
WORKDIR /setup
COPY deploy/image/ ${LOCK} ./
RUN echo "${INDEX:+--index-url=${INDEX}} ${EXTRA_INDEX:+--extra-index-url=${EXTRA_INDEX}}" > options \
 && python3 -m venv /opt/tools \
 && python3 -m venv --without-pip /opt/clipdash \
 && xargs -a options /opt/tools/bin/pip install --quiet --require-hashes --requirement tools.lock
RUN if [ "${TORCH}" = cpu ]; then /opt/tools/bin/python without_gpu.py --lock "${LOCK}" > kept.lock; else cp "${LOCK}" kept.lock; fi \
 && xargs -a options /opt/tools/bin/pip --python /opt/clipdash/bin/python install --quiet --require-hashes --no-deps --only-binary :all: --requirement kept.lock \
 && if [ "${TORCH}" = cpu ]; then /opt/tools/bin/python without_gpu.py --link /opt/clipdash/lib/python3.11/site-packages; fi \
 && rm -rf /opt/clipdash/lib/python3.11/site-packages/torch/include
# Not into the environment but beside app.py, pages/ and docs/, which the package reads from the folder above its own.
COPY pyproject.toml requirements.txt README.md LICENSE NOTICE ./
COPY clipdash clipdash
RUN /opt/tools/bin/pip --python /opt/clipdash/bin/python install --quiet --no-deps --no-build-isolation --target /app .
COPY app.py deploy/image/health.py LICENSE NOTICE /app/
COPY pages /app/pages
COPY docs /app/docs
COPY .streamlit /app/.streamlit
RUN /opt/clipdash/bin/python -m compileall -q /app/clipdash

# hadolint ignore=DL3006
FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="clipdash" \
      org.opencontainers.image.description="See how the misclassification rate of each group shifts as the class labels of a zero-shot classifier change" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The official base brings pip and setuptools of its own; nothing here may install anything, or become anyone else.
RUN useradd --uid 10001 --home-dir /data/weights --no-create-home --shell /usr/sbin/nologin clipdash \
 && rm -rf /usr/local/bin/pip* /usr/local/lib/python3.11/ensurepip /usr/local/lib/python3.11/site-packages/* \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && install --directory --owner 10001 --group 10001 /data /data/records /data/weights
COPY --from=setup /opt/clipdash /opt/clipdash
COPY --from=setup /app /app
COPY --chown=10001:10001 embeddings_cache /data/stores
# Numbers: an orchestrator that refuses root cannot look up a name.
USER 10001:10001
WORKDIR /app
# The home folder holds the caches of weights, and nothing is looked up outside the machine.
ENV PATH=/app/bin:/opt/clipdash/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data/weights \
    HF_HUB_OFFLINE=1 \
    CLIPDASH_STORES=/data/stores \
    CLIPDASH_RECORDS=/data/records \
    CLIPDASH_LOGS=/data/records/logs \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501
VOLUME ["/data/stores", "/data/records"]
EXPOSE 8501 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 CMD ["python3", "/app/health.py"]
CMD ["clipdash", "serve"]
