"""Long words on the customer's payment pages: nothing scrolls sideways, nothing is cut off."""

from typing import Any

import pytest
from playwright.sync_api import Page

from django_stripe_payments.models import Payment, RefundRequest
from django_stripe_payments.services import StripeService
from tests.browser import steps

WORDS = {
    39: "Donaudampfschifffahrtsgesellschaftsraum",
    80: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
}
WIDTHS = (1280, 390, 320)

#: What ends outside of the window, or holds more than it shows, inside of our pages.
CUT_OFF = """
() => {
    const page = document.querySelector(".dsp");
    const width = document.documentElement.clientWidth;
    const visible = (element) => element.checkVisibility()
        && !element.closest(".dsp-hidden, thead, noscript, select, iframe, svg");
    const wrong = [];
    for (const element of [page, ...page.querySelectorAll("*")]) {
        const { left, right, width: own } = element.getBoundingClientRect();
        if (!own || !visible(element)) continue;
        const name = `${element.localName}.${element.className}`;
        if (right > width + 0.5 || left < -0.5) wrong.push(`${name} ends at ${right} of ${width}`);
        const { display } = getComputedStyle(element);
        if (display !== "inline" && element.scrollWidth > element.clientWidth + 1
            && !["input", "textarea"].includes(element.localName)) {
            wrong.push(`${name} holds ${element.scrollWidth} in ${element.clientWidth}`);
        }
    }
    return wrong;
}
"""


def test_the_words_are_as_long_as_they_say() -> None:
    assert {length: len(word) for length, word in WORDS.items()} == {39: 39, 80: 80}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("length", WORDS)
def test_no_page_is_wider_than_its_window(
    page: Page, site: Any, player: Any, shoot: Any, language: str, length: int
) -> None:
    word = WORDS[length]
    unpaid, _intent = StripeService.create_payment_intent(player, "5.00", "gift_card", word)
    paid, intent = StripeService.create_payment_intent(
        player, "123456.78", "gift_card", f"A {word}", save_card=True
    )
    site.sandbox.confirm(intent.id)
    paid = StripeService.confirm_payment(paid)
    StripeService.refund_payment(paid, "1.00", word[:64])
    RefundRequest.objects.create(
        payment=paid, amount=100, status="rejected", message=word, decision_note=word
    )
    site.deliveries_done()
    assert Payment.objects.filter(user=player).count() == 2
    method = player.stripe_customer.payment_methods.get()
    steps.log_in(page, site)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
    pages = {
        "checkout": f"checkout/?payment_id={unpaid.pk}",
        "success": f"success/{paid.pk}/",
        "detail": f"{paid.pk}/",
        "refund": f"{paid.pk}/refund/",
        "history": "history/",
        "methods": "methods/",
        "remove": f"methods/{method.pk}/remove/",
    }
    wrong: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for name, path in pages.items():
            page.goto(f"{site.url}/payments/{path}")
            assert page.locator("html").get_attribute("lang") == language
            wrong += [f"{name}, {width}: {each}" for each in page.evaluate(CUT_OFF)]
            if width == WIDTHS[0]:
                shoot(f"long-{language}-{length}-{name}")
    assert wrong == [], "\n".join(wrong)
