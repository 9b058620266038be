"""Drives a sandbox with Azure's own client: drive.py URL SERVICE-ID."""

import sys
import time

from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.apimanagement import ApiManagementClient, models


class Credential:
    def get_token(self, *scopes, **options):
        return AccessToken("t", 4102444800)


class Bearer(SansIOHTTPPolicy):
    """The client's own policy sends no token over plain http."""

    def on_request(self, request):
        request.http_request.headers["Authorization"] = "Bearer t"


def refused(status, call, *args, **options):
    """The error with which a call is refused."""
    try:
        call(*args, **options)
    except HttpResponseError as error:
        assert error.status_code == status, f"{error.status_code}: {error}"
        return error
    raise AssertionError(f"{call.__qualname__} was not refused")


def names(pages):
    return [item.name for item in pages]


def paged(pages):
    """The names in a list of more than one page."""
    pages = [names(page) for page in pages.by_page()]
    assert len(pages) > 1 and all(len(page) <= 3 for page in pages), pages
    found = [name for page in pages for name in page]
    assert len(found) == len(set(found)), found
    return found


def api(title, path, **options):
    return models.ApiCreateOrUpdateParameter(
        display_name=title,
        path=path,
        protocols=["https"],
        service_url="https://backend.example",
        **options,
    )


def created(begin, read, at, body):
    """Carries a long-running PUT out.

    The older answer to one is 202, which this version of the client takes for
    PATCH and DELETE only: it reports an error although the PUT goes on.
    """
    try:
        return begin(*at, body).result()
    except HttpResponseError as error:
        if error.status_code != 202:
            raise
        assert "asyncId=" in error.response.headers["Location"]
    for _ in range(100):
        try:
            return read(*at)
        except ResourceNotFoundError:
            time.sleep(0.05)
    raise AssertionError(f"{at} does not appear")


def long_running(client, at):
    value = models.NamedValueCreateContract(display_name="sdk-key", value="v1", secret=True)
    made = created(client.named_value.begin_create_or_update, client.named_value.get, (*at, "sdk-key"), value)
    assert (made.name, made.display_name, made.secret) == ("sdk-key", "sdk-key", True), made
    assert made.value is None
    assert client.named_value.list_value(*at, "sdk-key").value == "v1"

    patch = models.NamedValueUpdateParameters(value="v2")
    client.named_value.begin_update(*at, "sdk-key", "*", patch).result()
    assert client.named_value.list_value(*at, "sdk-key").value == "v2"

    made = created(client.api.begin_create_or_update, client.api.get, (*at, "sdk-api"), api("SDK", "sdk"))
    assert (made.name, made.path, made.is_current) == ("sdk-api", "sdk", True), made


def short(client, at):
    operation = models.OperationContract(display_name="List", method="GET", url_template="/list")
    made = client.api_operation.create_or_update(*at, "sdk-api", "list", operation)
    assert (made.method, made.url_template) == ("GET", "/list"), made

    backend = models.BackendContract(url="https://backend.example", protocol="http")
    made = client.backend.create_or_update(*at, "sdk-backend", backend)
    assert made.url == "https://backend.example", made

    product = models.ProductContract(display_name="SDK", subscription_required=True, state="published")
    made = client.product.create_or_update(*at, "sdk-product", product)
    assert made.state == "published", made
    client.product_api.create_or_update(*at, "sdk-product", "sdk-api")
    assert names(client.product_api.list_by_product(*at, "sdk-product")) == ["sdk-api"]
    assert client.product_api.check_entity_exists(*at, "sdk-product", "sdk-api")

    tag = models.TagCreateUpdateParameters(display_name="sdk-tag")
    client.tag.create_or_update(*at, "sdk-tag", tag)
    client.tag.assign_to_api(*at, "sdk-api", "sdk-tag")
    assert names(client.tag.list_by_api(*at, "sdk-api")) == ["sdk-tag"]

    request = models.SubscriptionCreateParameters(
        display_name="SDK", scope="/products/sdk-product", state="active", primary_key="p" * 32
    )
    made = client.subscription.create_or_update(*at, "sdk-subscription", request)
    assert made.state == "active", made
    assert client.subscription.get(*at, "sdk-subscription").primary_key is None
    secrets = client.subscription.list_secrets(*at, "sdk-subscription")
    assert secrets.primary_key == "p" * 32 and secrets.secondary_key


def policies(client, at):
    def policy(value):
        return models.PolicyContract(
            format="rawxml",
            value='<policies><inbound><base /><set-header name="k" exists-action="override">'
            f"<value>{{{{{value}}}}}</value></set-header></inbound><backend><base /></backend>"
            "<outbound><base /></outbound><on-error><base /></on-error></policies>",
        )

    client.api_policy.create_or_update(*at, "sdk-api", "policy", policy("sdk-key"))
    read = client.api_policy.get(*at, "sdk-api", "policy", format="rawxml")
    assert "{{sdk-key}}" in read.value, read.value
    error = refused(400, client.api_policy.create_or_update, *at, "sdk-api", "policy", policy("no-such"))
    assert error.error.code == "ValidationError", error.error
    assert "no-such" in str(error), str(error)


def workspace(client, at):
    made = client.workspace.create_or_update(*at, "sdk", models.WorkspaceContract(display_name="SDK"))
    assert made.name == "sdk", made
    inside = (*at, "sdk")
    value = models.NamedValueCreateContract(display_name="inner", value="v", secret=True)
    values = client.workspace_named_value
    created(values.begin_create_or_update, values.get, (*inside, "inner"), value)
    assert values.list_value(*inside, "inner").value == "v"

    apis = client.workspace_api
    made = created(apis.begin_create_or_update, apis.get, (*inside, "inner"), api("Inner", "inner"))
    assert "/workspaces/sdk/apis/inner" in made.id, made.id
    product = models.ProductContract(display_name="Inner", subscription_required=True)
    client.workspace_product.create_or_update(*inside, "inner", product)
    link = models.ProductApiLinkContract(api_id=made.id)
    links = client.workspace_product_api_link
    assert links.create_or_update(*inside, "inner", "to-inner", link).api_id == made.id
    assert names(links.list_by_product(*inside, "inner")) == ["to-inner"]

    tag = models.TagCreateUpdateParameters(display_name="inner")
    client.workspace_tag.create_or_update(*inside, "inner", tag)
    link = models.TagApiLinkContract(api_id=made.id)
    links = client.workspace_tag_api_link
    assert links.create_or_update(*inside, "inner", "to-inner", link).api_id == made.id
    assert names(links.list_by_product(*inside, "inner")) == ["to-inner"]
    links.delete(*inside, "inner", "to-inner")
    refused(404, links.get, *inside, "inner", "to-inner")


def lists(client, at):
    for n in range(4):
        tag = models.TagCreateUpdateParameters(display_name=f"sdk-page-{n}")
        client.tag.create_or_update(*at, f"sdk-page-{n}", tag)
    found = paged(client.tag.list_by_service(*at))
    assert {f"sdk-page-{n}" for n in range(4)} <= set(found), found
    assert "sdk-api" in paged(client.api.list_by_service(*at))
    assert names(client.api.list_by_service(*at, filter="name eq 'sdk-api'")) == ["sdk-api"]


def etags(client, at):
    etag = []
    client.backend.get(*at, "sdk-backend", cls=lambda answer, _, headers: etag.append(headers["ETag"]))
    assert etag[0]
    assert client.backend.get_entity_tag(*at, "sdk-backend")
    refused(412, client.backend.delete, *at, "sdk-backend", '"wrong"')
    client.backend.delete(*at, "sdk-backend", etag[0])
    assert isinstance(refused(404, client.backend.get, *at, "sdk-backend"), ResourceNotFoundError)
    refused(404, client.backend.get_entity_tag, *at, "sdk-backend")
    client.api.begin_delete(*at, "sdk-api", "*").result()
    refused(404, client.api.get, *at, "sdk-api")


def main(url, service):
    parts = service.split("/")
    client = ApiManagementClient(
        Credential(),
        parts[2],
        base_url=url,
        authentication_policy=Bearer(),
        polling_interval=0.05,
        retry_total=0,
    )
    at = (parts[4], parts[8])
    for step in (long_running, short, policies, workspace, lists, etags):
        print(step.__name__, flush=True)
        step(client, at)


main(*sys.argv[1:])
