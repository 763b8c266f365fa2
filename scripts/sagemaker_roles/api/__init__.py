"""JSON in, JSON out: the border that the reference site's page and the npm package share with the package."""

from .service import Border as Border
