"""Phone numbers as people write them, read into one form: E.164, with its country, its kind, and whether a text message will arrive.

The rules of all countries are those of Google's libphonenumber, in its Python port `phonenumbers`. A number that cannot be is refused with
the reason and the cure; one that a text message may not reach is read, with the doubt in words.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from store import dutch_mobiles
from store.query.characters import is_space
from store.said import Said, say

REGION: Final = "NL"  # where a number without a country code is
MAX_TYPED: Final = 60  # characters; nobody needs more to write one number
_DOTS: Final = "\u2022\u2022\u2022\u2022"  # as many in every masked number, so that they tell no length
_LABEL: Final = re.compile(r"(?:tel(?:efoon|ephone)?|phone|mob(?:iel|ile)?|gsm|[tm])\s*[.:]+\s*+|tel\s*+(?=\+)", re.IGNORECASE)
_SOFT_HYPHEN: Final = "\u00ad"
_QUOTES: Final = "'\"`\u2018\u2019\u201c\u201d\u201e"
# A number that a spreadsheet took for a quantity: 3,16123E+10 has lost its digits, 31612345678,0 has got one.
_EXPONENT: Final = re.compile(r"\+?\d(?:[.,]\d*)?E\+?\d{1,3}", re.IGNORECASE)
_DECIMAL: Final = re.compile(r"(\+?\d{7,15})[.,]0")
_EXTENSION: Final = re.compile(r"[\d\s)]\s*(?:e?xt(?:n|ension)?\.?|toestel|tst\.?|x|#|;ext=)\s*:?\d{1,7}\Z", re.IGNORECASE)
_FOREIGN: Final = re.compile(r"[^\d\s()\[\]./+\-\u2010-\u2015\u2212\uff0b\uff08\uff09\uff0d\uff0e\uff0f\u2044]")
_LETTER_O: Final = re.compile(r"[\d\s(]*[oO][\d\s()\-oO]*")
_MOST_DIGITS: Final = 15  # of a number with its country code (E.164)
_DUTCH: Final = 31
_DUTCH_MOBILE: Final = 9  # digits without the 0; the library's lengths are those of all Dutch numbers, from 0800-1234 to 097012345678
_HIDES_LESS: Final = 8  # digits of a national number from which on three of them may be shown

_KINDS: Final = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "landline_or_mobile",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
_DOUBTS: Final = {
    "mobile": None,
    "landline_or_mobile": None,  # countries such as the US, where the number does not tell
    "landline": say("This is a landline, which takes no text messages. Ask for a mobile number."),
    "premium": say("This is a premium-rate number, which takes no text messages. Ask for a mobile number."),
    "toll_free": say("This is a toll-free number, which takes no text messages. Ask for a mobile number."),
    "shared_cost": say("This is a shared-cost number, which takes no text messages. Ask for a mobile number."),
    "voip": say("This is an internet telephone, which mostly takes no text messages. Ask for a mobile number."),
    "personal": say("This is a number that is put through to others, where text messages may be lost. Ask for a mobile number."),
    "pager": say("This is a pager. Ask for a mobile number."),
    "company": say("This is the number of a company, which takes no text messages. Ask for a mobile number."),
    "voicemail": say("This is a voice mailbox, which takes no text messages. Ask for a mobile number."),
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number that exists: `e164` as it is kept, `country` its ISO 3166 code, "" for numbers of no country.

    `kind` is a word such as mobile or landline; `sms_doubt` says why a text message may not arrive, None where it will.
    """

    e164: str
    country: str
    kind: str
    sms_doubt: Said | None

    @property
    def shown(self) -> str:
        """As it is written internationally: made when it is asked for, because imports read many numbers and show few."""
        return phonenumbers.format_number(phonenumbers.parse(self.e164), PhoneNumberFormat.INTERNATIONAL)

    @property
    def national(self) -> str:
        """As it is written in its country."""
        return phonenumbers.format_number(phonenumbers.parse(self.e164), PhoneNumberFormat.NATIONAL)


class BadNumberError(ValueError):
    """What cannot be a phone number: `code` is a word for programs, the text says what is wrong and what would be right."""

    def __init__(self, code: str, message: Said) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read(text: str, region: str = REGION) -> Number:
    """The number that somebody typed or pasted; without a country code it is one of `region`. Raises `BadNumberError`."""
    if region == REGION and (e164 := dutch_mobiles.e164_of(text.strip())) is not None:
        return Number(e164, REGION, "mobile", None)
    typed = _cleaned(text)
    _check(typed)
    try:
        parsed = phonenumbers.parse(typed, region)
    except NumberParseException as error:
        raise _unparsed(error) from error
    kind = _KINDS.get(phonenumbers.number_type(parsed))
    if kind is None:  # a number that exists has a kind: to ask whether it is valid would be to ask the same again
        raise _invalid(parsed)
    return _number(parsed, kind)


@lru_cache(maxsize=4096)
def known(e164: str) -> Number | None:
    """A number that is kept, in its forms; None where it is none (any more): numbering plans change."""
    try:
        return read(e164)
    except BadNumberError:
        return None


@lru_cache(maxsize=4096)
def masked(e164: str) -> str:
    """A number as lists show it: country code, first digit and last digits, such as `+31 6 •••• 678`."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except NumberParseException:
        return _DOTS
    digits = phonenumbers.national_significant_number(parsed)
    last = digits[-3:] if len(digits) >= _HIDES_LESS else digits[-2:]
    return f"+{parsed.country_code} {digits[:1]} {_DOTS} {last}"


def _cleaned(text: str) -> str:
    """What was typed without what is pasted along: invisible characters, a label, the apostrophe that has a spreadsheet keep a text."""
    short = text[: MAX_TYPED * 4]
    seen = "".join(" " if is_space(each) else each for each in short if each != _SOFT_HYPHEN)
    bare = " ".join(seen.split()).strip(_QUOTES).strip()
    label = _LABEL.match(bare)
    bare = bare[label.end() :] if label else bare
    decimal = _DECIMAL.fullmatch(bare)
    return decimal[1] if decimal else bare


def _check(typed: str) -> None:
    """Refuse what is no number at a glance, each with its own cure."""
    if not typed:
        raise BadNumberError("empty", say("There is no number. Type one such as 06 12345678 or +31 6 12345678."))
    if _EXPONENT.fullmatch(typed):
        message = say("Excel has cut this number short. Format the column as text in Excel, and type or import the numbers once more.")
        raise BadNumberError("spreadsheet", message)
    if len(typed) > MAX_TYPED or sum(each.isdigit() for each in typed) > _MOST_DIGITS + 4:
        raise BadNumberError("long", say("This is too long for one number. Type one number only."))
    if _EXTENSION.search(typed):
        raise BadNumberError("extension", say("A text message cannot be sent to an extension. Type the number without it."))
    if _LETTER_O.fullmatch(typed):
        raise BadNumberError("letters", say("There is a letter O among the digits. Type a zero in its place."))
    if found := _FOREIGN.search(typed):
        sign = found[0] if found[0].isprintable() else f"U+{ord(found[0]):04X}"
        message = say('"%(sign)s" is not part of a phone number. Type digits only, with a + before a country code.', sign=sign)
        raise BadNumberError("letters", message)
    if typed.lstrip("(+ ").count("+"):
        raise BadNumberError("plus", say("A + can only stand before the country code. Type one number only, such as +31 6 12345678."))


def _unparsed(error: NumberParseException) -> BadNumberError:
    """What the library could make nothing of, in words."""
    match error.error_type:
        case NumberParseException.INVALID_COUNTRY_CODE:
            return _no_country()
        case NumberParseException.TOO_LONG:
            return _too_long()
        case NumberParseException.TOO_SHORT_AFTER_IDD | NumberParseException.TOO_SHORT_NSN:
            return _too_short()
        case _:
            return BadNumberError("none", say("This is not a phone number. Type one such as 06 12345678 or +31 6 12345678."))


def _invalid(parsed: PhoneNumber) -> BadNumberError:
    """Why a number that could be read does not exist."""
    digits = phonenumbers.national_significant_number(parsed)
    if parsed.country_code == _DUTCH and digits.startswith("6") and len(digits) != _DUTCH_MOBILE:
        message = say("A Dutch mobile number has 10 digits with its 06; this one has %(number)s. Check them.", number=len(digits) + 1)
        return BadNumberError("short" if len(digits) < _DUTCH_MOBILE else "long", message)
    match phonenumbers.is_possible_number_with_reason(parsed):
        case ValidationResult.TOO_SHORT | ValidationResult.INVALID_LENGTH:
            return _too_short()
        case ValidationResult.TOO_LONG:
            return _too_long()
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return BadNumberError("area", say("The area code is missing. Type the whole number, such as 020 123 4567."))
        case ValidationResult.INVALID_COUNTRY_CODE:
            return _no_country()
        case _:
            code = str(parsed.country_code)
            return BadNumberError("unused", say("There is no such number in the country with code +%(code)s. Check its digits.", code=code))


def _no_country() -> BadNumberError:
    return BadNumberError("country", say("No country has this country code. Type it as in +31 6 12345678; Dutch numbers may begin with 0."))


def _too_long() -> BadNumberError:
    return BadNumberError("long", say("This number has too many digits. Type one number only, and check its digits."))


def _too_short() -> BadNumberError:
    return BadNumberError("short", say("This number has too few digits. Type all of it, with the country code if it is abroad."))


def _number(parsed: PhoneNumber, kind: str) -> Number:
    """What is said of a number that exists."""
    country = phonenumbers.region_code_for_number(parsed) or ""
    return Number(
        f"+{parsed.country_code}{phonenumbers.national_significant_number(parsed)}",
        country if country.isalpha() else "",
        kind,
        _DOUBTS[kind],
    )
