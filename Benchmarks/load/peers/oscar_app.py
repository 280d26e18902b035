"""django-oscar's own stock record behind one address, served by gunicorn: what its checkout does with the stock of an order
line, and nothing else of a shop. `/hold` asks the availability policy and allocates, as order placement does."""

import os

import django
from django.conf import settings
from django.http import HttpResponse

if not settings.configured:
    import oscar.defaults
    defaults = {name: getattr(oscar.defaults, name) for name in dir(oscar.defaults) if name.startswith("OSCAR_")}
    settings.configure(
        **defaults, SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True, SITE_ID=1, LOGGING_CONFIG=None,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={"default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": os.environ["PGUSER"],
            "HOST": os.environ["PGHOST"], "CONN_MAX_AGE": None}},
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites",
            "django.contrib.messages", "django.contrib.flatpages", "oscar.config.Shop", "oscar.apps.analytics.apps.AnalyticsConfig",
            "oscar.apps.checkout.apps.CheckoutConfig", "oscar.apps.address.apps.AddressConfig",
            "oscar.apps.shipping.apps.ShippingConfig", "oscar.apps.catalogue.apps.CatalogueConfig",
            "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig", "oscar.apps.communication.apps.CommunicationConfig",
            "oscar.apps.partner.apps.PartnerConfig", "oscar.apps.basket.apps.BasketConfig",
            "oscar.apps.payment.apps.PaymentConfig", "oscar.apps.offer.apps.OfferConfig", "oscar.apps.order.apps.OrderConfig",
            "oscar.apps.customer.apps.CustomerConfig", "oscar.apps.search.apps.SearchConfig",
            "oscar.apps.voucher.apps.VoucherConfig", "oscar.apps.wishlists.apps.WishlistsConfig",
            "oscar.apps.dashboard.apps.DashboardConfig", "oscar.apps.dashboard.reports.apps.ReportsDashboardConfig",
            "oscar.apps.dashboard.users.apps.UsersDashboardConfig", "oscar.apps.dashboard.orders.apps.OrdersDashboardConfig",
            "oscar.apps.dashboard.catalogue.apps.CatalogueDashboardConfig",
            "oscar.apps.dashboard.offers.apps.OffersDashboardConfig",
            "oscar.apps.dashboard.partners.apps.PartnersDashboardConfig",
            "oscar.apps.dashboard.pages.apps.PagesDashboardConfig",
            "oscar.apps.dashboard.ranges.apps.RangesDashboardConfig",
            "oscar.apps.dashboard.reviews.apps.ReviewsDashboardConfig",
            "oscar.apps.dashboard.vouchers.apps.VouchersDashboardConfig",
            "oscar.apps.dashboard.communications.apps.CommunicationsDashboardConfig",
            "oscar.apps.dashboard.shipping.apps.ShippingDashboardConfig", "haystack", "treebeard", "django_tables2", "widget_tweaks"])
    django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from oscar.apps.partner.availability import StockRequired  # noqa: E402
from oscar.apps.partner.models import Partner, StockRecord  # noqa: E402


def hold(request):
    record = StockRecord.objects.get(partner_sku="drop")
    is_permitted, _ = StockRequired(record.net_stock_level).is_purchase_permitted(1)
    if not is_permitted:
        return HttpResponse(status=409)
    record.allocate(1)
    return HttpResponse(status=201)


def prepare(units):
    """One item with so many units."""
    from oscar.apps.catalogue.models import Product, ProductClass
    kind, _ = ProductClass.objects.get_or_create(name="things", defaults={"track_stock": True})
    product, _ = Product.objects.get_or_create(title="drop", product_class=kind)
    partner, _ = Partner.objects.get_or_create(name="shop")
    StockRecord.objects.update_or_create(
        product=product, partner=partner, partner_sku="drop", defaults={"num_in_stock": units, "num_allocated": 0})


def allocated():
    return StockRecord.objects.get(partner_sku="drop").num_allocated or 0


urlpatterns = [path("hold", hold)]
application = get_wsgi_application()
