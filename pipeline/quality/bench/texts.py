"""Made-up news in ten languages, of which no sentence is among those that quantising is calibrated on."""

from __future__ import annotations

import random

SENTENCES = {
    "da": ("Brand på et lager i {place} har spærret havnen, {number} beboere er sendt hjem.",
           "Borgmester {name} vil bruge {number} millioner på en ny bro ved {place}.",
           "{place} slog mesteren efter forlænget spilletid, {name} scorede to gange.",
           "Retten i {place} frikender {name} i sagen om de forsvundne {number} kroner."),
    "de": ("In {place} ist ein Güterzug entgleist, {number} Anwohner mussten ihre Häuser verlassen.",
           "Ministerin {name} verspricht {number} neue Lehrkräfte bis zum Sommer.",
           "{place} gewinnt das Nachholspiel, {name} hält zwei Elfmeter.",
           "Das Gericht in {place} verurteilt {name} zu {number} Tagessätzen."),
    "en": ("A chemical spill at {place} closed the river to boats and left {number} homes without water.",
           "{name}, the transport minister, said {number} night buses would return in spring.",
           "{place} threw away a late lead as {name} scored twice from corners.",
           "A judge in {place} ordered {name} to repay {number} investors by June."),
    "es": ("Un apagón deja sin luz a {number} hogares en {place} durante la tormenta.",
           "La alcaldesa {name} anuncia {number} viviendas públicas en {place}.",
           "{place} remonta en la prórroga con un gol de {name}.",
           "La fiscalía de {place} investiga a {name} por {number} contratos."),
    "fr": ("Une fuite de gaz à {place} a forcé {number} habitants à passer la nuit au gymnase.",
           "La ministre {name} promet {number} places de crèche d'ici la rentrée.",
           "{place} s'impose sur le fil grâce à un essai de {name}.",
           "Le tribunal de {place} relaxe {name} après {number} jours d'audience."),
    "ja": ("{place}で大規模な停電があり、{number}世帯に影響が出た。",
           "{name}知事は{number}人の職員を被災地に派遣すると述べた。",
           "{place}は{name}の決勝点で首位に立った。",
           "{place}地裁は{name}被告に罰金{number}万円を言い渡した。"),
    "pl": ("Wyciek paliwa w {place} zagroził rzece, ewakuowano {number} osób.",
           "Minister {name} zapowiada {number} nowych miejsc w szpitalach.",
           "{place} wygrywa po dogrywce, bohaterem został {name}.",
           "Sąd w {place} uniewinnił {name} od {number} zarzutów."),
    "ru": ("В городе {place} обрушился мост, {number} человек остались без связи с берегом.",
           "Губернатор {name} обещает построить {number} школ за три года.",
           "{place} вырвал победу на последней минуте, гол забил {name}.",
           "Суд в городе {place} оштрафовал компанию {name} на {number} тысяч."),
    "tr": ("{place} yakınlarında çıkan yangında {number} dönüm orman kül oldu.",
           "Bakan {name}, {number} yeni hemşire alınacağını açıkladı.",
           "{place} uzatmada kazandı, {name} iki gol attı.",
           "{place} mahkemesi {name} hakkında {number} gün hapis cezası verdi."),
    "zh": ("{place}发生地面塌陷,{number}名居民被紧急转移。",
           "{name}部长表示将新建{number}所乡村学校。",
           "{place}队凭借{name}的进球逆转取胜。",
           "{place}法院判处{name}罚款{number}万元。"),
}  # fmt: skip
"""Language -> sentences about an accident, a promise, a match and a trial."""

_PLACES = ("Carrow", "Lindhaven", "Montelago", "Ostrava Dolna", "Selby Point", "Vester Aa", "Zalesie", "Tarn City")
_NAMES = ("Adler", "Okonjo", "Petrova", "Castellan", "Yildirim", "Moreau", "Tanabe", "Lindqvist")

SHORT, LONG = 2, 7
"""Sentences in a text: about 50 and 190 tokens."""


def made_texts(count: int, sentences: int, seed: int = 0) -> list[str]:
    """`count` texts, in each language as many, of about so many sentences: half as many to half as many more."""
    chance = random.Random(seed)
    languages = list(SENTENCES)
    return [_text(chance, languages[at % len(languages)], sentences) for at in range(count)]


def _text(chance: random.Random, language: str, sentences: int) -> str:
    length = chance.randint(max(1, sentences // 2), sentences + sentences // 2)
    slots = {"place": chance.choice(_PLACES), "name": chance.choice(_NAMES)}
    return "\n".join(
        chance.choice(SENTENCES[language]).format(**slots, number=chance.randint(3, 9_000)) for _ in range(length)
    )
