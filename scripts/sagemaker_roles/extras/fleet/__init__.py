"""Many accounts' CloudTrail logs → an answer for each role: one pass, constant memory, the same bytes in any order.

Files are reduced one by one (:mod:`reduction`), their rows are grouped by role in a database (:mod:`store`), and each
role is composed and written (:mod:`answers`, :mod:`writing`); :mod:`run` does it all.
"""
