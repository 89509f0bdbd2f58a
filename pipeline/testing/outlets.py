"""Invented outlets of every side, in five languages and six countries; the last two are rated by nobody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outlet:
    """An outlet, as the directory of outlets would rate it."""

    name: str
    bias: str | None = None
    factuality: str | None = None
    owner: str | None = None
    country: str | None = None
    language: str = "en"

    @property
    def domain(self) -> str:
        """Made of its name, below `.example`."""
        return "".join(c for c in self.name.lower() if c.isalnum()) + ".example"


OUTLETS = (
    Outlet("The Harbour Ledger", "lean-left", "high", "Tidewater Media", "US"),
    Outlet("Commons Daily", "left", "mixed", "Commons Trust", "US"),
    Outlet("Civic Lantern", "left", "high", None, "GB"),
    Outlet("Meridian Post", "lean-left", "high", "Meridian Group", "GB"),
    Outlet("National Wire", "center", "very-high", "Wire Cooperative", "US"),
    Outlet("Capital Bulletin", "center", "high", "Meridian Group", "US"),
    Outlet("Northern Dispatch", "center", "very-high", None, "CA"),
    Outlet("Rhein-Kurier", "center", "high", "Kurier Verlag", "DE", "de"),
    Outlet("Le Quotidien du Port", "lean-left", "high", "Presse Ouest", "FR", "fr"),
    Outlet("El Faro del Norte", "center", None, "Grupo Faro", "ES", "es"),
    Outlet("Liberty Standard", "right", "mixed", "Standard Holdings", "US"),
    Outlet("The Frontier Times", "lean-right", "high", "Standard Holdings", "US"),
    Outlet("Patriot Courier", "right", "low", None, "US"),
    Outlet("Market Observer", "lean-right", "high", "Observer Partners", "GB"),
    Outlet("Вестник Побережья", None, None, None, "RU", "ru"),
    Outlet("Gull Street Blog"),
)
