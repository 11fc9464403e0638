"""crossings"""
