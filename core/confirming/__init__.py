"""Confirming a lesson by phone: the code on the teacher's screen, the claim it opens into, the selfie and the mark.

code -> claim (one browser, one use, three minutes) -> confirmation (one a student, one a device) -> selfie judged
-> mark, or a teacher's review.
"""
