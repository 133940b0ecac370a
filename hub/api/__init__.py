"""The API for programs of partner organisations: `/api/v1`. Nothing about persons leaves here."""
