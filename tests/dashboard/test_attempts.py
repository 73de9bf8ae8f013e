"""Wrong passwords: who waits, and how long."""

from __future__ import annotations

from tests.clock import Clock

from callboard.dashboard.attempts import Attempts


def test_each_further_wrong_password_doubles_the_wait() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    waits = []
    for _ in range(14):
        clock.move(attempts.wait("1.2.3.4"))
        attempts.count_wrong("1.2.3.4")
        waits.append(attempts.wait("1.2.3.4"))
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert attempts.wait("1.2.3.5") == 0


def test_the_right_password_ends_the_counting() -> None:
    attempts = Attempts(Clock())
    for _ in range(4):
        attempts.count_wrong("1.2.3.4")
    attempts.count_right("1.2.3.4")
    for _ in range(4):
        attempts.count_wrong("1.2.3.4")
    assert attempts.wait("1.2.3.4") == 0


def test_a_hundred_wrong_ones_from_everywhere_make_strangers_wait_and_nobody_else() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    attempts.count_right("10.0.0.1")
    for number in range(100):
        attempts.count_wrong(f"1.2.3.{number}")
        clock.move(1)
    assert attempts.wait("5.6.7.8") == 500
    assert attempts.wait("10.0.0.1") == 0
    clock.move(501)
    assert attempts.wait("5.6.7.8") == 0


def test_a_customers_ipv6_addresses_count_as_one() -> None:
    attempts = Attempts(Clock())
    for number in range(5):
        attempts.count_wrong(f"2001:db8:1:2::{number}")
    assert attempts.wait("2001:db8:1:2:ffff::1") > 0
    assert attempts.wait("2001:db8:1:3::1") == 0


def test_no_crowd_fills_the_memory() -> None:
    attempts = Attempts(Clock())
    for number in range(12_000):
        attempts.wait(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    assert len(attempts._tries) == 10_000
