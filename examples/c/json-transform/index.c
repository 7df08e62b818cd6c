// Turns a list of people into an index by city.

#include <string.h>

#include "nil.h"
#include "yyjson.h"

char *handle(const char *input) {
    yyjson_val *root = yyjson_doc_get_root(yyjson_read(input, strlen(input), 0));
    yyjson_mut_doc *answer = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(answer);
    yyjson_mut_doc_set_root(answer, object);
    yyjson_mut_val *cities = yyjson_mut_obj_add_obj(answer, object, "cities");

    yyjson_val *person;
    size_t at, count;
    yyjson_arr_foreach(yyjson_obj_get(root, "people"), at, count, person) {
        const char *city = yyjson_get_str(yyjson_obj_get(yyjson_obj_get(person, "address"), "city"));
        if (city == NULL) city = "unknown";
        yyjson_mut_val *names = yyjson_mut_obj_get(cities, city);
        if (names == NULL) names = yyjson_mut_obj_add_arr(answer, cities, city);
        yyjson_mut_arr_add_str(answer, names, yyjson_get_str(yyjson_obj_get(person, "name")));
    }
    return yyjson_mut_write(answer, 0, NULL);
}
