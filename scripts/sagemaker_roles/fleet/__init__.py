"""Many accounts' CloudTrail logs → an answer for each role: one pass, constant memory, the same bytes in any order.

Files are reduced one by one (:mod:`reading`, :mod:`reduction`, :mod:`shards`), their rows are grouped by role in a
database (:mod:`store`), and each role is composed and written (:mod:`composing`, :mod:`answers`, :mod:`writing`);
:mod:`run` does it all.
"""
