"""Roles: what a key lets its holder do, as one ladder. Not the keys themselves."""

from enum import IntEnum

from ontology.errors import UnknownName


class Role(IntEnum):
    """A rung of the ladder; each may what those below it may, so `role >= Role.CATALOGUER` is a question."""

    STRANGER = 0
    """Has no key: reads what is public."""
    READER = 1
    """Reads the spaces that its key is for."""
    CATALOGUER = 2
    """Adds what people say, in graphs of their own, and takes back own changes (services.editing)."""
    STEWARD = 3
    """Changes every graph, and takes back what others changed."""
    ADMINISTRATOR = 4
    """All there is: empties all graphs at once, sees what the operation of the server shows."""

    @property
    def word(self) -> str:
        """The name of the role as people write it: "reader"."""
        return self.name.lower()


def by_word(word: str) -> Role:
    """The role that a key can have, by its name; raises UnknownName with the known ones."""
    for role in Role:
        if role and role.word == word.lower():
            return role
    known = ", ".join(role.word for role in Role if role)
    raise UnknownName(f"no role called {word!r}; known: {known}")
