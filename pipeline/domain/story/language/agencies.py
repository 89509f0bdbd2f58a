"""News agencies that texts credit. As the source of a text they are no part of what it tells."""

from __future__ import annotations

from pipeline.domain.writing import folded

_NAMES = (
    *("Reuters", "Reuters News Agency", "AP", "Associated Press", "AFP", "Agence France-Presse", "UPI"),
    *("United Press International", "Bloomberg", "Bloomberg News", "PA", "PA Media", "Press Association"),
    *("dpa", "Deutsche Presse-Agentur", "Deutschen Presse-Agentur", "Nachrichtenagentur dpa", "AFP/dpa", "epd"),
    *("KNA", "SID", "APA", "SDA", "Keystone-SDA", "EFE", "Agencia EFE", "Europa Press", "ANSA", "Agenzia ANSA"),
    *("Lusa", "Agência Lusa", "ANP", "Belga", "Ritzau", "NTB", "TT", "STT", "PAP", "CTK", "ČTK", "MTI", "Tanjug"),
    *("TASS", "ТАСС", "RIA Novosti", "РИА Новости", "РИА", "Interfax", "Интерфакс", "Ukrinform", "Укринформ"),
    *("UNIAN", "УНИАН", "Anadolu", "Anadolu Agency", "Anadolu Ajansı", "Xinhua", "Xinhua News Agency"),
    *("Kyodo", "Kyodo News", "Jiji Press", "Yonhap", "Yonhap News Agency", "PTI", "Press Trust of India", "ANI"),
    *(
        "AAP",
        "Canadian Press",
        "The Canadian Press",
        "IRNA",
        "Tasnim",
        "WAFA",
        "KCNA",
        "ТАСС/Reuters",
        "AFP/Reuters",
    ),
)
_FOLDED = frozenset(map(folded, _NAMES))


def is_agency(name: str) -> bool:
    """Whether this is the name of a news agency."""
    return folded(name) in _FOLDED
