"""Many accounts' CloudTrail logs → an answer for each role: one pass, constant memory, the same bytes in any order.

Files are reduced one by one (:mod:`reading`, :mod:`reduction`) into journals (:mod:`journal`), the journals into one
sorted table (:mod:`table`), and the table into the output (:mod:`answers`, :mod:`writing`); :mod:`run` does it all.
"""
