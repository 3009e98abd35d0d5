"""Something to buy. `manage.py shell < products.py`."""

from decimal import Decimal

from oscar.core.loading import get_model

Country = get_model("address", "Country")
Category = get_model("catalogue", "Category")
Product = get_model("catalogue", "Product")
ProductClass = get_model("catalogue", "ProductClass")
Partner = get_model("partner", "Partner")
StockRecord = get_model("partner", "StockRecord")

Country.objects.get_or_create(iso_3166_1_a2="DE", name="Germany", printable_name="Germany", is_shipping_country=True)
goods, _ = ProductClass.objects.get_or_create(name="Goods")
partner, _ = Partner.objects.get_or_create(name="Warehouse")
category = Category.add_root(name="Tea", slug="tea")
for upc, title in [("TEA-01", "Green tea"), ("POT-03", "Teapot")]:
    product = Product.objects.create(structure="standalone", upc=upc, title=title, product_class=goods, is_public=True)
    product.categories.add(category)
    StockRecord.objects.create(
        product=product, partner=partner, partner_sku=upc, price=Decimal("9.50"), num_in_stock=100
    )
