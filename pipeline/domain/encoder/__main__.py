"""`python -m pipeline.domain.encoder`: makes what the encoder of the settings needs, so that no role waits for it.

For installs and images; prints the name under which the encoder's vectors will be known.
"""

from __future__ import annotations

from pipeline.domain.encoder.loading import load_encoder
from pipeline.settings import load_settings


def main() -> None:
    """Unpack the weights, make the int8 form, and load the result once."""
    settings = load_settings().encoder
    print(load_encoder(settings.model, backend=settings.backend).name)


if __name__ == "__main__":
    main()
