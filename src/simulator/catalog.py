"""What the creator sells. Prices in BRL; everything here is assumed."""

from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray, IntArray

TOPICS = ("bread", "cakes", "business", "coffee")


@dataclass(frozen=True)
class Product:
    """One product.

    ``organic_weight`` is its share of everyday orders before interests act (0: sold in launches only); ``recurring``
    products are charged again every 30 days; a ``bump`` is only ever added to another order; ``lessons`` are watched in
    the members' area.
    """

    product_id: str
    topic: int
    price: float
    organic_weight: float = 0.0
    recurring: bool = False
    bump: bool = False
    lessons: bool = False


@dataclass(frozen=True)
class Catalog:
    """The products in a fixed order; elsewhere a product is its position here."""

    products: tuple[Product, ...]

    def position(self, product_id: str) -> int:
        """Return position of a product id; ``StopIteration`` where there is none."""
        return next(i for i, p in enumerate(self.products) if p.product_id == product_id)

    @property
    def ids(self) -> list[str]:
        return [p.product_id for p in self.products]

    @property
    def prices(self) -> FloatArray:
        return np.array([p.price for p in self.products])

    @property
    def topics(self) -> IntArray:
        return np.array([p.topic for p in self.products])

    @property
    def organic_weights(self) -> FloatArray:
        return np.array([p.organic_weight for p in self.products])

    @property
    def courses(self) -> IntArray:
        """Return the course of each topic: the first product that is about it."""
        return np.array(
            [next((i for i, p in enumerate(self.products) if p.topic == t), -1) for t in range(len(TOPICS))]
        )

    @property
    def recurring(self) -> IntArray:
        return np.flatnonzero([p.recurring for p in self.products])

    @property
    def with_lessons(self) -> IntArray:
        return np.flatnonzero([p.lessons for p in self.products])

    @property
    def bumps(self) -> IntArray:
        return np.flatnonzero([p.bump for p in self.products])


CREATOR_CATALOG = Catalog(
    (
        Product("bread-course", 0, 997.0, lessons=True),
        Product("cake-course", 1, 1_297.0, lessons=True),
        Product("bakery-business-course", 2, 697.0, lessons=True),
        Product("mentoring", 2, 1_997.0, lessons=True),
        Product("coffee-mini-course", 3, 297.0, organic_weight=1.0, lessons=True),
        Product("business-workshop", 2, 97.0, organic_weight=3.0),
        Product("bread-ebook", 0, 47.0, organic_weight=3.0),
        Product("cake-ebook", 1, 47.0, organic_weight=3.0),
        Product("bakers-club", 0, 59.0, organic_weight=0.8, recurring=True, lessons=True),
        Product("recipe-planner", 1, 19.0, bump=True),
    )
)
LAUNCHED_COURSES = ("bread-course", "cake-course", "bakery-business-course")
PERPETUAL_PRODUCT = "coffee-mini-course"
ENTRY_PRODUCT, MAIN_PRODUCT = "business-workshop", "mentoring"

# A small seller's only product.
SMALL_CATALOG = Catalog((Product("first-course", 0, 297.0, lessons=True),))
