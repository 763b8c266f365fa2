"""How IAM matches, in one place. Pure: standard library only, nothing of the rest of the package.

From the ground up:

- ``budget``: the steps that a question may take; what is beyond them is not known.
- ``patterns``: ``*``, ``?``, escapes and opaque ``${Name}``: covers, intersects, intersection, search with a witness.
- ``prefixes``: the part of covering that composing takes.
- ``arns``: values of ``Resource`` and of ARN conditions as patterns; formats of the Service Authorization Reference.
- ``regions``: sets of texts (patterns minus patterns, unions): minus, meet, within, witness.
- ``actions``: patterns of actions, those of a list that one matches, access levels.
- ``conditions``: tests on a call (yes, no, not known and why), implication between conditions, differences.
- ``statements``: a document read once, with all its faults.
- ``grants``: what documents grant: differences, intersections, the grants of one action.
- ``evaluation``: whether a call is allowed, over all layers, and what decides.
- ``size``, ``splitting``: how much a document counts; the fewest managed policies that hold it.
"""
