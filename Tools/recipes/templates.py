"""`Data/sentences/templates.conllu`: sentences with gold heads and relations, from templates and a small lexicon.

Distances between heads and dependents vary, so that looking a fixed number of words back finds few objects and subjects;
compounds always stand beside their noun, so that it finds all of them.
"""

from __future__ import annotations

from pathlib import Path

from .conllu import Word, sentence, write

#: Sentences of each template. The templates follow each other in turn, so that every third or fourth sentence is of all kinds.
EACH = 4

# Nearly all are single word pieces of BERT's vocabulary; the last of some lists are split, so that pieces must be aligned.
LEXICON = {
    "person": "man woman boy girl teacher doctor farmer king queen nurse lawyer singer painter captain violinist beekeeper locksmith".split(),
    "kin": "brother sister mother father friend uncle aunt son daughter".split(),
    "role": "bus driver,history teacher,police officer,school nurse,football player,village doctor,chess player,train guard".split(","),
    "thing": "book letter box key lamp basket chair hat bag plate bottle clock picture ring coat blanket umbrella teapot wheelbarrow".split(),
    "made": "coffee cup,paper bag,train ticket,glass bottle,garden chair,kitchen knife,birthday card,gold ring,stone bowl,"
            "silk scarf,leather belt,oak table,bread basket,tea kettle".split(","),
    "place": "garden house street park church market village hotel castle orchard".split(),
    "spot": "train station,bus stop,school yard,city park,river bank,village hall,mountain road,garden gate".split(","),
    "taking": "bought/buy found/find carried/carry sold/sell lost/lose dropped/drop took/take stole/steal kept/keep hid/hide".split(),
    "meeting": "saw/see met/meet followed/follow watched/watch heard/hear helped/help thanked/thank called/call visited/visit".split(),
    "giving": "gave/give sent/send showed/show offered/offer handed/hand".split(),
    "saying": "said/say thought/think knew/know believed/believe".split(),
    "old": "old young tall kind quiet rich happy famous".split(),
    "red": "small red heavy new broken old large blue cheap".split(),
    "large": "large small heavy cheap old new".split(),
    "blue": "blue red white green black".split(),
    "when": "again later twice".split(),
    "often": "quickly often quietly never soon finally".split(),
    "possessive": "my/my her/her his/his our/our their/their your/your".split(),
}


class Picker:
    """Goes round each list, step by step; within a sentence no word comes twice. No random numbers."""

    def __init__(self) -> None:
        self.at = dict.fromkeys(LEXICON, 0)
        self.used: set[str] = set()

    def __call__(self, name: str) -> str:
        words = LEXICON[name]
        for _ in words:
            word = words[self.at[name] % len(words)]
            self.at[name] += 1
            if not self.used & set(word.split()):
                break
        if name != "possessive":
            self.used |= set(word.split())
        return word


def build() -> list[str]:
    pick, sentences = Picker(), []
    for number in range(EACH):
        for template in TEMPLATES:
            pick.used = set()
            root = template(pick)
            root.after.append(Word("?" if template in QUESTIONS else ".", "PUNCT", "punct"))
            name = f"t{len(sentences) + 1:03d}"
            sentences.append(sentence(name, root, {"template": template.__name__}))
    return sentences


def main(path: Path) -> None:
    write(path, build())


# Phrases


def noun(pick, kind: str, relation: str, *, det="the", adj: str = "", poss: str = "", case: str = "", of=None) -> Word:
    """the [adjective] [compound] noun; with a possessive pronoun (poss="their") or phrase (of=noun(...)) instead of the article."""
    *modifier, form = pick(kind).split()
    head = Word(form, "NOUN", relation)
    if case:
        head.before.append(Word(case, "ADP", "case"))
    if of:
        head.before.append(of)
    elif poss:
        form, lemma = pick("possessive").split("/")
        head.before.append(Word(form, "PRON", "nmod:poss", lemma))
    elif det:
        head.before.append(article(det))
    for name in adj.split():
        head.before.append(Word(pick(name), "ADJ", "amod"))
    head.before += [Word(form, "NOUN", "compound") for form in modifier]
    if det == "a" and not (of or poss):
        spoken = list(head.spoken())
        place = next(i for i, word in enumerate(spoken) if word.relation == "det")
        if spoken[place + 1].form[0] in "aeiou":
            spoken[place].form = "an"
    return head


def article(form: str) -> Word:
    return Word(form, "DET", "det", form)


def owner(pick, kind: str, **options) -> Word:
    """the teacher 's"""
    phrase = noun(pick, kind, "nmod:poss", **options)
    phrase.after.append(Word("'s", "PART", "case", "'s"))
    return phrase


def verb(pick, kind: str, relation: str = "root") -> Word:
    form, lemma = pick(kind).split("/")
    return Word(form, "VERB", relation, lemma)


def plain(pick, kind: str, relation: str = "root") -> Word:
    """The verb's base form."""
    lemma = pick(kind).split("/")[1]
    return Word(lemma, "VERB", relation, lemma)


def participle(pick, kind: str) -> Word:
    word = verb(pick, kind)
    word.form = {"took": "taken", "stole": "stolen", "hid": "hidden"}.get(word.form, word.form)
    return word


def adverb(pick, kind: str = "when") -> Word:
    return Word(pick(kind), "ADV", "advmod")


def aux(form: str, lemma: str, relation: str = "aux") -> Word:
    return Word(form, "AUX", relation, lemma)


def clause(head: Word, subject: Word, *middle: Word, after=()) -> Word:
    """subject, middle, verb, the rest; words that already stand before the verb stay in front (conjunctions, relative pronouns)."""
    head.before += [subject, *middle]
    head.after += after
    return head


def relative(form: str, role: str) -> Word:
    return Word(form, "PRON", role, form)


def comma() -> Word:
    return Word(",", "PUNCT", "punct")


# Templates: each a sentence


def transitive(p):  # The old man often bought the coffee cup .
    return clause(verb(p, "taking"), noun(p, "person", "nsubj", adj="old"), adverb(p, "often"), after=[noun(p, "made", "obj")])


def pronoun_owners(p):  # My sister carried her old teapot later .
    return clause(verb(p, "taking"), noun(p, "kin", "nsubj", poss="their"),
                  after=[noun(p, "thing", "obj", poss="their", adj="red"), adverb(p)])


def owned_subject(p):  # The teacher 's brother followed a young girl .
    return clause(verb(p, "meeting"), noun(p, "kin", "nsubj", of=owner(p, "person")),
                  after=[noun(p, "person", "obj", det="a", adj="old")])


def owned_object(p):  # The bus driver finally found the old doctor 's coffee cup .
    return clause(verb(p, "taking"), noun(p, "role", "nsubj"), adverb(p, "often"),
                  after=[noun(p, "made", "obj", of=owner(p, "person", adj="old"))])


def object_relative_copula(p):  # The letter that the nurse lost was very old .
    subject = noun(p, "thing", "nsubj")
    lost = verb(p, "taking", "acl:relcl")
    lost.before.append(relative("that", "obj"))
    subject.after.append(clause(lost, noun(p, "person", "nsubj", adj="old")))
    root = Word(p("large"), "ADJ", "root")
    return clause(root, subject, aux("was", "be", "cop"), Word("very", "ADV", "advmod"))


def subject_relative(p):  # The boy who quickly stole a ring met my friend .
    subject = noun(p, "person", "nsubj")
    subject.after.append(clause(
        verb(p, "taking", "acl:relcl"), relative("who", "nsubj"), adverb(p, "often"), after=[noun(p, "thing", "obj", det="a")]))
    return clause(verb(p, "meeting"), subject, after=[noun(p, "kin", "obj", poss="their")])


def long_subject_relative(p):  # The man who sold a garden chair near the church saw the queen .
    subject = noun(p, "person", "nsubj")
    subject.after.append(clause(
        verb(p, "taking", "acl:relcl"), relative("who", "nsubj"),
        after=[noun(p, "made", "obj", det="a"), noun(p, "place", "obl", case="near")]))
    return clause(verb(p, "meeting"), subject, after=[noun(p, "person", "obj")])


def long_object_relative(p):  # The gold ring which my aunt hid near the bus stop was new .
    subject = noun(p, "made", "nsubj")
    hid = verb(p, "taking", "acl:relcl")
    hid.before.append(relative("which", "obj"))
    subject.after.append(clause(hid, noun(p, "kin", "nsubj", poss="their"), after=[noun(p, "spot", "obl", case="near")]))
    return clause(Word(p("large"), "ADJ", "root"), subject, aux("was", "be", "cop"))


def whom(p):  # The lawyer whom the king 's son met bought the stone bowl .
    subject = noun(p, "person", "nsubj")
    met = verb(p, "meeting", "acl:relcl")
    met.before.append(Word("whom", "PRON", "obj"))
    subject.after.append(clause(met, noun(p, "kin", "nsubj", of=owner(p, "person"))))
    return clause(verb(p, "taking"), subject, after=[noun(p, "made", "obj")])


def object_with_relative(p):  # The queen kept the umbrella that the singer found in the park .
    thing = noun(p, "thing", "obj", adj="red")
    found = verb(p, "taking", "acl:relcl")
    found.before.append(relative("that", "obj"))
    thing.after.append(clause(found, noun(p, "person", "nsubj"), after=[noun(p, "place", "obl", case="in")]))
    return clause(verb(p, "taking"), noun(p, "person", "nsubj"), after=[thing])


def ditransitive(p):  # The woman will give her son a paper bag .
    return clause(plain(p, "giving"), noun(p, "person", "nsubj"), aux("will", "will"),
                  after=[noun(p, "kin", "iobj", poss="their"), noun(p, "made", "obj", det="a")])


def ditransitive_owner(p):  # The bus driver showed the doctor 's daughter a red hat .
    return clause(verb(p, "giving"), noun(p, "role", "nsubj"),
                  after=[noun(p, "kin", "iobj", of=owner(p, "person")), noun(p, "thing", "obj", det="a", adj="red")])


def what(p):  # What did the bus driver find in the garden ?
    found = plain(p, "taking")
    found.before += [Word("what", "PRON", "obj", "what"), aux("did", "do")]
    return clause(found, noun(p, "role", "nsubj"), after=[noun(p, "place", "obl", case="in")])


def which(p):  # Which picture did your kind brother sell again ?
    found = plain(p, "taking")
    thing = noun(p, "thing", "obj", det="which", adj="red")
    found.before += [thing, aux("did", "do")]
    return clause(found, noun(p, "kin", "nsubj", poss="their"), after=[adverb(p)])


def existential(p):  # There was a small lamp near the garden gate .
    was = Word("was", "VERB", "root", "be")
    was.before.append(Word("there", "PRON", "expl", "there"))
    was.after += [noun(p, "thing", "nsubj", det="a", adj="red"), noun(p, "spot", "obl", case="near")]
    return was


def two_verbs(p):  # The girl found the key and kept the silk scarf .
    second = verb(p, "taking", "conj")
    second.before.append(Word("and", "CCONJ", "cc"))
    second.after.append(noun(p, "made", "obj", adj="red"))
    return clause(verb(p, "taking"), noun(p, "person", "nsubj"), after=[noun(p, "thing", "obj"), second])


def two_objects(p):  # The old farmer had carried the lamp and a heavy basket .
    second = noun(p, "thing", "conj", det="a", adj="red")
    second.before.insert(0, Word("and", "CCONJ", "cc"))
    first = noun(p, "thing", "obj")
    first.after.append(second)
    return clause(participle(p, "taking"), noun(p, "person", "nsubj", adj="old"), aux("had", "have"), after=[first])


def infinitive(p):  # The boy wanted to sell the large oak table later .
    inner = plain(p, "taking", "xcomp")
    inner.before.append(Word("to", "PART", "mark"))
    inner.after += [noun(p, "made", "obj", adj="red"), adverb(p)]
    return clause(Word("wanted", "VERB", "root", "want"), noun(p, "person", "nsubj"), after=[inner])


def that_clause(p):  # My mother said that the lawyer lost her letter .
    inner = verb(p, "taking", "ccomp")
    inner.before.append(Word("that", "SCONJ", "mark"))
    clause(inner, noun(p, "person", "nsubj"), after=[noun(p, "thing", "obj", poss="their")])
    return clause(verb(p, "saying"), noun(p, "kin", "nsubj", poss="their"), after=[inner])


def because(p):  # The singer left because the old king stole her train ticket .
    inner = verb(p, "taking", "advcl")
    inner.before.append(Word("because", "SCONJ", "mark"))
    clause(inner, noun(p, "person", "nsubj", adj="old"), after=[noun(p, "made", "obj", poss="their")])
    return clause(Word("left", "VERB", "root", "leave"), noun(p, "person", "nsubj"), after=[inner])


def perfect(p):  # The nurse has already sold the kitchen knife .
    return clause(participle(p, "taking"), noun(p, "person", "nsubj"), aux("has", "have"), Word("already", "ADV", "advmod"),
                  after=[noun(p, "made", "obj", poss="their")])


def copula(p):  # The tall woman is my brother 's history teacher .
    root = noun(p, "role", "root", of=owner(p, "kin", poss="their"))
    root.before[:0] = [noun(p, "person", "nsubj", adj="old"), aux("is", "be", "cop")]
    return root


def subject_with_place(p):  # The man at the train station bought a red hat .
    subject = noun(p, "person", "nsubj")
    subject.after.append(noun(p, "spot", "nmod", case="at"))
    return clause(verb(p, "taking"), subject, after=[noun(p, "thing", "obj", det="a", adj="red")])


def many_adjectives(p):  # My father will sell the very large blue oak table .
    table = noun(p, "made", "obj", adj="large blue")
    table.before[1].before.append(Word("very", "ADV", "advmod"))
    return clause(plain(p, "taking"), noun(p, "kin", "nsubj", poss="their"), aux("will", "will"), after=[table])


def control(p):  # The girl asked her uncle to carry the bread basket .
    inner = plain(p, "taking", "xcomp")
    inner.before.append(Word("to", "PART", "mark"))
    inner.after.append(noun(p, "made", "obj"))
    return clause(Word("asked", "VERB", "root", "ask"), noun(p, "person", "nsubj"),
                  after=[noun(p, "kin", "obj", poss="their"), inner])


TEMPLATES = (
    transitive, pronoun_owners, owned_subject, owned_object, object_relative_copula, subject_relative,
    long_subject_relative, long_object_relative, whom, object_with_relative, ditransitive, ditransitive_owner,
    what, which, existential, two_verbs, two_objects, infinitive, that_clause, because, perfect, copula,
    subject_with_place, many_adjectives, control,
)
QUESTIONS = (what, which)
