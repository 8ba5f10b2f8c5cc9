"""A view by a clock that only the test moves."""

from torchloupe.channel._audience import Audience, Unheard


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class View:
    """A view that always has something new, and its audience."""

    def __init__(self, clock, unheard=None, *, small=False, size=1000):
        self.audience = Audience(frame=1, clock=clock, unheard=unheard or Unheard())
        self.clock, self.small, self.size = clock, small, size
        self.frame = 1

    def may_send(self, *, deaf=False, urgent=False):
        return self.audience.may_send(deaf=deaf, small=self.small, urgent=urgent)

    def send(self):
        self.frame += 1
        self.audience.sending(self.frame)
        self.audience.sent(self.size)

    def acknowledge(self, client="a", frame=None):
        self.audience.acknowledge(client, self.frame if frame is None else frame)

    def run(self, seconds, *, deaf, tick=0.25):
        """Let time pass; send whatever may go out and return when, and how often."""
        times = []
        for _ in range(round(seconds / tick)):
            if self.may_send(deaf=deaf):
                times.append(self.clock.now)
                self.send()
            self.clock.now += tick
        return times
