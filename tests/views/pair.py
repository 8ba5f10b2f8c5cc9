"""The smallest view there is."""

from torchloupe.views import CurvesBar, View


class Pair(View):
    """Two traits that always hold the same number."""

    _esm = CurvesBar._esm
    number = 0
    fails = False

    def content(self):
        if self.fails:
            raise ZeroDivisionError("by nothing")
        return {"title": f"{self.number}", "summary": f"{self.number}"}

    def version(self):
        return self.number
