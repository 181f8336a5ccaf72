"""GET /styleguide: every component, where there is nothing to protect."""

import settings


async def test_it_works(client, monkeypatch):
    monkeypatch.setattr(settings, "DEMO", True)
    answer = await client.get("/styleguide")
    assert answer.status_code == 200
    assert "Plan &amp; enamel" in answer.text
    assert "<desk-timeline" in answer.text


async def test_a_real_network_does_not_show_it(client):
    answer = await client.get("/styleguide")
    assert answer.status_code == 404
    assert "Plan &amp; enamel" not in answer.text
