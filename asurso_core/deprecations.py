"""What is going to be removed, and what to use instead: every such message stands here.

A hook that goes, or one of its arguments, says so in its spec::

    @hookspec(warn_on_impl=deprecations.OLD_HOOK)
    @hookspec(warn_on_impl_args={"school_class": deprecations.OLD_ARGUMENT})

A plugin that still answers it works on. It is warned about when it is registered: in the log, on
the administrator's page of plugins, by ``asurso plugin info``, and as an error in tests. The policy
is told in ``docs/developers/upgrading.md``. Nothing is on its way out at present.
"""

from __future__ import annotations


class RemovedInAsurso2(DeprecationWarning):
    """Something that asurso 2 will not have; the text says what to use instead."""
