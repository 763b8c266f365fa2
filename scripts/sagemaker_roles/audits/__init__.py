"""Holds the role that somebody has against what its work needs: what it lacks, and what it has too much of.

- ``needs``: a composed role as single calls, each with why it is needed.
- ``lacking``: calls that are denied, or that hang on something that nobody knows here.
- ``excess``: what is allowed beyond the need, ranked by what it opens.
- ``narrowing``: patches that add what is missing, and patches that only narrow.
- ``trusting``: who can assume the role.
- ``escalating``: what its holder can turn it into.
- ``role``: all of it for one role, and the verdict.
- ``report``: findings as values, and as JSON.
- ``baseline``: findings that somebody accepts, with the reason.
- ``pairing``: which role is held against which work.
- ``audit``: the audits of roles, one after the other; the command does the same for several inputs.
"""
