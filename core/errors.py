"""What can go wrong, by who has to read it: the model, the person, or whoever runs Todd."""


class ToddError(Exception):
    """The root of Todd's own errors; its text is fit to be shown."""


class Refused(ToddError):
    """A tool cannot do what was asked. The text says why and what to try; people read it too."""


class Malformed(Refused):
    """What a model asked for is no call at all: an unknown tool, arguments that do not fit."""


class ModelFailed(ToddError):
    """A model gave no whole answer. The text names the fault for the log, never what was said."""

    def __init__(self, fault: str, *, wait: float | None = None, final: bool = False) -> None:
        super().__init__(fault)
        self.wait = wait  # seconds that the server asks for
        self.final = final  # trying again would not help (a wrong key, an unknown model)


class NotConfigured(ToddError):
    """Settings are missing or wrong; the text names each, and how to get it."""


class PlatformFailed(ToddError):
    """A platform did not take what was to be said; unless that is final, it is tried again."""

    def __init__(self, fault: str, *, final: bool = False, gone: bool = False) -> None:
        super().__init__(fault)
        self.final = final or gone  # it never will take it
        self.gone = gone  # the person or the place is gone, or lets nobody in
