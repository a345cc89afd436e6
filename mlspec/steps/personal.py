"""Personal data in texts: found by its form, with the check digits that it has, and blotted out of messages."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of personal data: its form, and what else must be true of a text of that form."""

    name: str
    form: re.Pattern[str]
    holds: Callable[[str], bool] = bool


def luhn(text: str) -> bool:
    """Whether the digits are a payment card's number by length, first digit and check digit (ISO/IEC 7812-1)."""
    digits = [int(char) for char in text if char.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in {2, 3, 4, 5, 6}:
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return len(set(digits)) > 1 and (sum(digits[::-2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """Whether the text is an account number by length and check digits (ISO 13616: remainder 1 modulo 97)."""
    bare = text.replace(" ", "")
    if not 15 <= len(bare) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in bare[4:] + bare[:4])) % 97 == 1


def _address(text: str) -> bool:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return found.version == 4 or any(char.isdigit() for char in text)  # `a::b` is a C++ name


def _phone(text: str) -> bool:
    return 8 <= sum(char.isdigit() for char in text) <= 15


DETECTORS: Final = (
    Detector(
        "e-mail address", re.compile(r"[\w.+%-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}")
    ),
    Detector("bank account (IBAN)", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), iban),
    Detector("payment card", re.compile(r"(?<![\d.,])\d(?:[ -]?\d){12,18}(?![\d.,])"), luhn),
    Detector("phone number", re.compile(r"(?<![\w+])\+[1-9]\d{0,2}(?:[ ./-]?\(?\d{1,12}\)?){1,6}(?!\w)"), _phone),
    Detector("phone number", re.compile(r"(?<![\w.-])\(?[2-9]\d{2}\)?[ .-] ?[2-9]\d{2}[ .-]\d{4}(?![\w.-])")),
    Detector("social security number", re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")),
    Detector("IP address", re.compile(r"(?<![\w.:])(?:\d{1,3}\.){3}\d{1,3}(?![\w.:])"), _address),
    Detector("IP address", re.compile(r"(?<![\w.:])[0-9A-Fa-f:]*::?[0-9A-Fa-f:]+(?![\w.:])"), _address),
)
"""Names of people have no form and are not found."""


def find_personal(text: str) -> Iterator[str]:
    """The kinds of personal data in a text."""
    for detector in DETECTORS:
        if any(detector.holds(hit[0]) for hit in detector.form.finditer(text)):
            yield detector.name


def redact(text: str) -> str:
    """The text with what looks like personal data replaced by its kind."""
    for detector in DETECTORS:
        text = _blot(text, detector)
    return text


def _blot(text: str, detector: Detector) -> str:
    return detector.form.sub(lambda hit: f"<{detector.name}>" if detector.holds(hit[0]) else hit[0], text)
