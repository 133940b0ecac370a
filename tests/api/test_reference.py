"""The page that describes the API: open to all, complete, and from nowhere else."""

import re

from tests.api.conftest import Partner


async def test_the_page_shows_every_operation_and_leads_nowhere_else(partner: Partner) -> None:
    client = partner.client()
    document = (await client.get("/openapi.json")).json()
    page = await client.get("/")
    assert page.status_code == 200
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            assert f"{method.upper()} {path}" in page.text
            for parameter in told.get("parameters", ()):
                assert f"<code>{parameter['name']}</code>" in page.text
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in page.text
    links = set(re.findall(r'(?:href|src|action)="([^"]*)"', page.text))
    targets = set(re.findall(r'id="([^"]*)"', page.text))
    assert {link for link in links if link.startswith("#")} <= {f"#{each}" for each in targets}
    assert {link for link in links if not link.startswith("#")} == {
        "openapi.json",
        "reference.css",
        "data:,",
    }
    assert "<script" not in page.text
    assert " style=" not in page.text
    style = await client.get("/reference.css")
    assert style.headers["content-type"].startswith("text/css")


async def test_every_operation_says_its_scope_and_every_refusal_has_the_one_shape(
    partner: Partner,
) -> None:
    document = (await partner.client().get("/openapi.json")).json()
    for methods in document["paths"].values():
        for told in methods.values():
            assert told["description"].startswith("Scope `")
            assert told["security"] == [{"HTTPBearer": []}]
            for status, answer in told["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"]
