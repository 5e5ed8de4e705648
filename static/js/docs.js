// The API's page: Swagger UI over our own description, without any request elsewhere.

const root = document.getElementById("swagger");
window.SwaggerUIBundle({
  url: root.dataset.schema,
  domNode: root,
  deepLinking: true,
  validatorUrl: null,
  presets: [window.SwaggerUIBundle.presets.apis],
});
