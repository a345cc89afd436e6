"""Requirements files: what they pin counts, how they are written does not."""

from __future__ import annotations

import pytest

from mlspec.compiler.lockfile import packages

LOCK = """\
# made by a tool
--index-url https://example.com/simple
numpy==2.1.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
    # via scikit-learn
Scikit_Learn[extra]==1.6.1 ; python_version >= "3.11"  # comment
zope.interface===7.0
"""


def test_pins_are_read_by_normalised_name() -> None:
    assert packages(LOCK) == {
        "numpy": "2.1.0",
        "scikit-learn": '1.6.1 ; python_version >= "3.11"',
        "zope-interface": "7.0",
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# made by a tool\n", ""),
        ("sha256:aaaa", "sha256:cccc"),
        ("    # via scikit-learn\n", ""),
        ("numpy==2.1.0", "NumPy == 2.1.0"),
        ("--index-url https://example.com/simple\n", ""),
        ("\n", "\r\n"),
        ("  # comment", ""),
    ],
)
def test_what_pins_nothing_does_not_count(old: str, new: str) -> None:
    assert old in LOCK
    assert packages(LOCK.replace(old, new)) == packages(LOCK)


def test_order_does_not_count() -> None:
    assert list(packages("b==1\na==2\n").items()) == list(packages("a==2\nb==1\n").items())


def test_two_pins_of_one_package_both_count() -> None:
    text = "a==1 ; sys_platform == 'linux'\na==2 ; sys_platform == 'darwin'\n"
    assert packages(text) == {"a": "1 ; sys_platform == 'linux' | 2 ; sys_platform == 'darwin'"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a @ https://example.com/a-1.whl", "a @ https://example.com/a-2.whl"),
        ("a @ git+https://example.com/a@v1", "a @ git+https://example.com/a@v2"),
        ("a>=1", "a>=2"),
        ("a", "b"),
        ("-e git+https://example.com/a@v1#egg=a", "-e git+https://example.com/a@v2#egg=a"),
        ('[[package]]\nname = "a"\nversion = "1"', '[[package]]\nname = "a"\nversion = "2"'),
        ('{"a": "1"}', '{"a": "2"}'),
    ],
)
def test_what_is_no_pin_counts_too(old: str, new: str) -> None:
    """A lock of another make, or a package by its address: a change must never go unseen."""
    assert packages(f"numpy==2\n{old}\n") != packages(f"numpy==2\n{new}\n")


def test_an_empty_lock_pins_nothing() -> None:
    assert packages("") == packages("# nothing\n\n") == {}
