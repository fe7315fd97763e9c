# The app with the demo store inside: docker build -t clipdash . && docker run -p 8501:8501 clipdash
# BASE may be any image with Python 3.11 and its venv module; PIP_ARGS takes options for pip, such as another index.
ARG BASE=python:3.11-slim

FROM ${BASE} AS setup
ARG PIP_ARGS=""
WORKDIR /app
RUN python3 -m venv /opt/clipdash
COPY requirements.txt ./
RUN /opt/clipdash/bin/pip install --no-cache-dir ${PIP_ARGS} -r requirements.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY clipdash clipdash
RUN /opt/clipdash/bin/pip install --no-cache-dir ${PIP_ARGS} --no-deps --editable .

FROM ${BASE}
RUN useradd --create-home --uid 10001 clipdash
WORKDIR /app
COPY --from=setup /opt/clipdash /opt/clipdash
COPY --from=setup /app ./
COPY app.py ./
COPY pages pages
COPY docs docs
COPY .streamlit .streamlit
COPY embeddings_cache embeddings_cache
USER clipdash
ENV PATH=/opt/clipdash/bin:$PATH PYTHONUNBUFFERED=1 STREAMLIT_SERVER_ADDRESS=0.0.0.0
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://localhost:8501/readyz', timeout=4)"]
CMD ["clipdash", "serve", "--port", "8501"]
