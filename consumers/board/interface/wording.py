"""What the board says of values that stand in records: one whole phrase each, so that each can be translated."""

from __future__ import annotations

from consumers.board.articles import Tab
from consumers.board.query import BlindspotOf, Stance
from groundswell.record import Reason, Side


def _(message: str) -> str:
    """Marks a message for the catalogues."""
    return message


def _n(one: str, many: str) -> tuple[str, str]:
    """Marks a message with a number."""
    return one, many


SIDES = {"left": _("Left"), "center": _("Center"), "right": _("Right")}
BIASES = {
    "left": _("Left"),
    "lean-left": _("Lean left"),
    "center": _("Center"),
    "lean-right": _("Lean right"),
    "right": _("Right"),
}
TABS = {
    Tab.ALL: _("All"),
    Tab.LEFT: _("Left"),
    Tab.CENTER: _("Center"),
    Tab.RIGHT: _("Right"),
    Tab.UNRATED: _("Unrated"),
}
BLINDSPOTS = {
    BlindspotOf.ANY: _("All"),
    BlindspotOf.LEFT: _("Left"),
    BlindspotOf.CENTER: _("Center"),
    BlindspotOf.RIGHT: _("Right"),
}
BLINDSPOT_FOR = {
    Side.LEFT: _("Blindspot for the Left"),
    Side.CENTER: _("Blindspot for the Center"),
    Side.RIGHT: _("Blindspot for the Right"),
}
BLINDSPOT_SHARE = {
    Side.LEFT: _("%(share)s of rated sources are Left, where %(expected)s would be expected"),
    Side.CENTER: _("%(share)s of rated sources are Center, where %(expected)s would be expected"),
    Side.RIGHT: _("%(share)s of rated sources are Right, where %(expected)s would be expected"),
}
STATEMENTS = {
    Side.LEFT: _("%(share)s of the sources lean Left"),
    Side.CENTER: _("%(share)s of the sources are Center"),
    Side.RIGHT: _("%(share)s of the sources lean Right"),
}
ONLY_HERE = {"left": _("Only the Left"), "center": _("Only the Center"), "right": _("Only the Right")}
STANCES = {
    Stance.LEFT_LEADS: _("Led by the Left"),
    Stance.CENTER_LEADS: _("Led by the Center"),
    Stance.RIGHT_LEADS: _("Led by the Right"),
    Stance.LEFT_COVERS: _("Covered by the Left"),
    Stance.CENTER_COVERS: _("Covered by the Center"),
    Stance.RIGHT_COVERS: _("Covered by the Right"),
}
TOPICS = {
    "medtop:01000000": _("Arts, culture, entertainment and media"),
    "medtop:02000000": _("Crime, law and justice"),
    "medtop:03000000": _("Disaster, accident and emergency incident"),
    "medtop:04000000": _("Economy, business and finance"),
    "medtop:05000000": _("Education"),
    "medtop:06000000": _("Environment"),
    "medtop:07000000": _("Health"),
    "medtop:08000000": _("Human interest"),
    "medtop:09000000": _("Labour"),
    "medtop:10000000": _("Lifestyle and leisure"),
    "medtop:11000000": _("Politics and government"),
    "medtop:12000000": _("Religion"),
    "medtop:13000000": _("Science and technology"),
    "medtop:14000000": _("Society"),
    "medtop:15000000": _("Sport"),
    "medtop:16000000": _("Conflict, war and peace"),
    "medtop:17000000": _("Weather"),
    "medtop:20000002": _("Arts and entertainment"),
    "medtop:20000038": _("Culture"),
    "medtop:20000045": _("Mass media"),
    "medtop:20000082": _("Crime"),
    "medtop:20000106": _("Judiciary"),
    "medtop:20000121": _("Law"),
    "medtop:20000129": _("Law enforcement"),
    "medtop:20000139": _("Accident and emergency incident"),
    "medtop:20000148": _("Disaster"),
    "medtop:20000168": _("Emergency response"),
    "medtop:20000209": _("Economic sector"),
    "medtop:20000344": _("Economy"),
    "medtop:20000385": _("Market and exchange"),
    "medtop:20000170": _("Business information"),
    "medtop:20000418": _("Climate change"),
    "medtop:20000420": _("Conservation"),
    "medtop:20000424": _("Environmental pollution"),
    "medtop:20000430": _("Natural resources"),
    "medtop:20000441": _("Nature"),
    "medtop:20000500": _("Animal"),
    "medtop:20000505": _("Celebrity"),
    "medtop:20000503": _("Human mishap"),
    "medtop:20000499": _("Record and achievement"),
    "medtop:20000509": _("Employment"),
    "medtop:20000524": _("Labour relations"),
    "medtop:20000523": _("Labour market"),
    "medtop:20000574": _("Election"),
    "medtop:20000587": _("Fundamental rights"),
    "medtop:20000593": _("Government"),
    "medtop:20000621": _("Government policy"),
    "medtop:20000638": _("International relations"),
    "medtop:20000649": _("Political process"),
    "medtop:20000648": _("Political dissent"),
    "medtop:20000710": _("Biomedical science"),
    "medtop:20000717": _("Natural science"),
    "medtop:20000735": _("Scientific research"),
    "medtop:20000756": _("Technology and engineering"),
    "medtop:20000053": _("Act of terror"),
    "medtop:20000056": _("Armed conflict"),
    "medtop:20000065": _("Civil unrest"),
    "medtop:20000073": _("Peace process"),
}
FACTUALITY = {
    "very-high": _("Very high"),
    "high": _("High"),
    "mostly-factual": _("Mostly factual"),
    "mixed": _("Mixed"),
    "low": _("Low"),
    "very-low": _("Very low"),
}
REASONS = {
    Reason.OPENED: _("story opened"),
    Reason.COVERAGE: _("new coverage"),
    Reason.REPRINT: _("reprint"),
    Reason.ABSORBED: _("merged with another story"),
    Reason.MERGED: _("merged away"),
    Reason.SPLIT: _("split"),
    Reason.CORRECTED: _("article corrected"),
    Reason.WITHDRAWN: _("article withdrawn"),
    Reason.DESK: _("corrected by an editor"),
    Reason.RESTORED: _("restored"),
    Reason.CLOSED: _("closed, no new coverage"),
}
ABOUT = {
    "dead": _("Dead"),
    "injured": _("Injured"),
    "missing": _("Missing"),
    "arrested": _("Arrested"),
    "evacuated": _("Evacuated"),
    "magnitude": _("Magnitude"),
    "burned area": _("Burned area"),
    "percent contained": _("Percent contained"),
    "length of the talks": _("Length of the talks"),
    "length of the outage": _("Length of the outage"),
}
"""What a figure counts, by the record's name for it."""
HEDGES = {
    "at least": _("at least %(figure)s"),
    "more than": _("more than %(figure)s"),
    "nearly": _("nearly %(figure)s"),
    "about": _("about %(figure)s"),
    "up to": _("up to %(figure)s"),
}
UNITS = {
    "hour": _("%(figure)s hour"),
    "hours": _("%(figure)s hours"),
    "acres": _("%(figure)s acres"),
    "hectares": _("%(figure)s hectares"),
}
COUNTED = {
    "article": _n("%(n)s article", "%(n)s articles"),
    "source": _n("%(n)s source", "%(n)s sources"),
    "publisher": _n("%(n)s publisher", "%(n)s publishers"),
    "story": _n("%(n)s story", "%(n)s stories"),
    "language": _n("%(n)s language", "%(n)s languages"),
    "country": _n("%(n)s country", "%(n)s countries"),
    "unrated-source": _n("%(n)s unrated source", "%(n)s unrated sources"),
    "of-rated": _n("of %(n)s rated source", "of %(n)s rated sources"),
    "unrated": _n("%(n)s unrated", "%(n)s unrated"),
    "unknown": _n("%(n)s unknown", "%(n)s unknown"),
    "more": _n("%(n)s more", "%(n)s more"),
    "more-outlets": _n("and %(n)s more", "and %(n)s more"),
}
DATE_UNKNOWN = _("date unknown")
ERRORS = {
    400: (
        _("This address is not understood"),
        _("Something in the address is no filter that the board knows."),
    ),
    404: (_("Not found"), _("There is no such page.")),
    405: (_("Not possible here"), _("The board is for reading only.")),
    500: (_("Something went wrong"), _("The board failed to answer; its log says why.")),
}
"""Title and detail by status; of another one those of 500."""
