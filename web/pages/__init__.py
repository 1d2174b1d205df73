"""The pages that people open themselves, and how every page is rendered."""
