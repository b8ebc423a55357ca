"""How fast letters follow each other."""

from notices.pace import Pace


class Time:
    """Goes on only by waiting, and when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def should_let_no_two_letters_follow_too_closely() -> None:
    time = Time()
    pace = Pace(0.5, time.clock, time.sleep)
    moments = []
    for _ in range(4):
        pace.wait()
        moments.append(time.now)
    assert moments == [0, 0.5, 1.0, 1.5]


def should_save_up_nothing_while_it_is_idle() -> None:
    time = Time()
    pace = Pace(0.5, time.clock, time.sleep)
    pace.wait()
    time.now = 10
    moments = []
    for _ in range(3):
        pace.wait()
        moments.append(time.now)
    assert moments == [10, 10.5, 11.0]
